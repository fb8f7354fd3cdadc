/** RFC 9113, sections 8.1 to 8.3 and 8.6: which header lists of an answer are malformed. */
import { describe, expect, it } from "vitest";
import { malformedFields } from "../../../src/transport/h2/field-rules.js";

type Fields = [name: string, value: string][];
const status: [string, string] = [":status", "200"];
const why = (fields: Fields, section: "header" | "trailer" = "header") =>
  malformedFields(
    fields.map(([name, value]) => ({ name, value })),
    section,
  );

describe("well-formed", () => {
  const headers: [name: string, fields: Fields][] = [
    ["a status alone", [status]],
    ["a status and fields", [status, ["content-type", "application/grpc"], ["x-1_~", "a b\tc"]]],
    ["an informational status", [[":status", "100"]]],
    ["an empty value", [status, ["a", ""]]],
    ["octets above ASCII in a value", [status, ["a", "é\u0080ÿ"]]],
    ["te: trailers", [status, ["te", "trailers"]]],
    ["the same field twice", [status, ["a", "1"], ["a", "2"]]],
  ];
  it.each(headers)("%s", (_name, fields) => expect(why(fields)).toBeUndefined());

  it("trailers", () => expect(why([["grpc-status", "0"]], "trailer")).toBeUndefined());
  it("no trailers at all", () => expect(why([], "trailer")).toBeUndefined());
});

describe("malformed", () => {
  const headers: [name: string, section: string, fields: Fields, words: string][] = [
    ["a capital letter", "8.2.1", [status, ["Grpc", "0"]], 'a field name that HTTP/2 does not allow: "Grpc"'],
    ["an empty name", "8.2.1", [status, ["", "0"]], 'a field name that HTTP/2 does not allow: ""'],
    ["a space in a name", "8.2.1", [status, ["a b", "0"]], 'a field name that HTTP/2 does not allow: "a b"'],
    ["a colon in a name", "8.2.1", [status, ["a:b", "0"]], 'a field name that HTTP/2 does not allow: "a:b"'],
    ["a colon alone", "8.2.1", [[":", "0"]], 'a field name that HTTP/2 does not allow: ":"'],
    ["NUL in a name", "8.2.1", [status, ["a\0", "0"]], 'a field name that HTTP/2 does not allow: "a\\u0000"'],
    [
      "an octet above ASCII in a name",
      "8.2.1",
      [status, ["é", "0"]],
      'a field name that HTTP/2 does not allow: "?"',
    ],
    ["DEL in a name", "8.2.1", [status, ["\x7f", "0"]], 'a field name that HTTP/2 does not allow: "?"'],
    [
      "a long name, of which not all is said",
      "8.2.1",
      [status, ["A".repeat(100), "0"]],
      `a field name that HTTP/2 does not allow: "${"A".repeat(64)}"…`,
    ],
    ...["a\0b", "a\nb", "a\rb", "\n"].map((value): [string, string, Fields, string] => [
      `the value ${JSON.stringify(value)}`,
      "8.2.1",
      [status, ["a", value]],
      'the value of "a" has characters that HTTP/2 does not allow',
    ]),
    ...["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade"].map(
      (name): [string, string, Fields, string] => [
        name,
        "8.2.2",
        [status, [name, "x"]],
        `a field of connections: ${name}`,
      ],
    ),
    ["te with another value", "8.2.2", [status, ["te", "gzip"]], "a field of connections: te"],
    [
      "a pseudo-header field of requests",
      "8.3",
      [status, [":path", "/"]],
      'a pseudo-header field that is none of an answer: ":path"',
    ],
    [
      "an unknown pseudo-header field",
      "8.3",
      [status, [":x", "/"]],
      'a pseudo-header field that is none of an answer: ":x"',
    ],
    ["a status after a field", "8.3", [["a", "1"], status], "the status stands after other fields"],
    ["no status", "8.3.2", [["a", "1"]], "no status"],
    ["an empty list", "8.3.2", [], "no status"],
    ["two statuses", "8.3.2", [status, status], "two statuses"],
    ["a status of two digits", "8.3.2", [[":status", "20"]], 'no status: "20"'],
    ["a status with words", "8.3.2", [[":status", "200 OK"]], 'no status: "200 OK"'],
    ["a status below 100", "8.3.2", [[":status", "099"]], 'no status: "099"'],
    ["status 101", "8.6", [[":status", "101"]], 'no status: "101"'],
  ];
  it.each(headers)("%s (section %s)", (_name, _section, fields, words) => expect(why(fields)).toBe(words));

  it.each([" a", "a ", "\ta", "a\t", " "])(
    "not the value %j, though section 8.2.1 says so: a status is worth more than its form",
    (value) => expect(why([status, ["grpc-message", value]])).toBe(undefined),
  );

  it("a status in trailers (section 8.1)", () => {
    expect(why([status], "trailer")).toBe('a pseudo-header field in trailers: ":status"');
  });

  it("a connection's field in trailers (section 8.2.2)", () => {
    expect(why([["upgrade", "h3"]], "trailer")).toBe("a field of connections: upgrade");
  });
});
