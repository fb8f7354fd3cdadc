/** What a decoder must refuse, by the section of RFC 7541 that says so, and what it must put up with. */
import { describe, expect, it } from "vitest";
import { HpackError } from "../../../../src/transport/h2/hpack/error.js";
import { HeaderDecoder } from "../../../../src/transport/h2/hpack/header-decoder.js";

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const decode = (decoder: HeaderDecoder, hex: string) => {
  const block = bytesOf(hex);
  return decoder.decode(block, 0, block.length);
};

/** What is wrong, the section, the size of the table that was announced, the block, and what the error says. */
const faults: [name: string, section: string, tableBytes: number, hex: string, words: RegExp][] = [
  ["index 0", "6.1", 0, "80", /^index 0 stands for no field$/],
  [
    "an index beyond the static table",
    "2.3.3",
    0,
    "be",
    /^index 62 is beyond the tables, which have 61 fields$/,
  ],
  [
    "an index beyond the dynamic table",
    "2.3.3",
    4096,
    "4001 6101 62 bf",
    /^index 63 is beyond .* 62 fields$/,
  ],
  ["a large index", "2.3.3", 4096, "ff 80 01", /^index 255 is beyond/],
  ["a name's index beyond the tables", "2.3.3", 4096, "0f 2f 01 61", /^index 62 is beyond/],
  ["a field that a table of 0 bytes did not take", "4.4", 0, "4001 6101 62 be", /^index 62 is beyond/],
  ["an integer without end", "5.1", 0, "ff ff ff ff ff ff ff ff 7f", /^an integer is longer than 4 octets/],
  ["an integer padded with zeros", "5.1", 0, "ff 80 80 80 80 00", /^an integer is longer than 4 octets/],
  ["a string's length without end", "5.1", 0, "00 7f ff ff ff ff 0f", /^an integer is longer than 4 octets/],
  ["a block that ends within an index", "5.1", 0, "ff", /^the block ends within an integer$/],
  ["a block that ends within an integer's rest", "5.1", 0, "ff 80", /^the block ends within an integer$/],
  ["a block that ends before a name", "5.2", 0, "00", /^the block ends where a string should begin$/],
  ["a block that ends before a value", "5.2", 0, "00 01 61", /^the block ends where a string should begin$/],
  ["a name beyond the block", "5.2", 0, "00 05 61 62", /^a string of 5 octets goes beyond .* has 2 more$/],
  [
    "a value beyond the block",
    "5.2",
    0,
    "00 01 61 02 62",
    /^a string of 2 octets goes beyond .* has 1 more$/,
  ],
  ["a Huffman string beyond the block", "5.2", 0, "00 01 61 83 1f ff", /^a string of 3 octets goes beyond/],
  ["a Huffman string that contains its end", "5.2", 0, "00 01 61 84 ff ff ff ff", /end-of-string symbol/],
  ["the same, in the middle", "5.2", 0, "00 01 61 85 1f ff ff ff ff", /end-of-string symbol/],
  // "a" is 00011: what follows it fills up, and must be ones, fewer than eight.
  ["padding of zeros", "5.2", 0, "00 01 61 81 18", /at most seven bits of padding, all ones/],
  ["padding that is not all ones", "5.2", 0, "00 01 61 81 1d", /at most seven bits of padding, all ones/],
  [
    "padding of eight bits and more",
    "5.2",
    0,
    "00 01 61 82 1f ff",
    /at most seven bits of padding, all ones/,
  ],
  [
    "padding of a whole octet after whole codes",
    "5.2",
    0,
    "00 01 61 82 f8 ff",
    /at most seven bits of padding/,
  ],
  ["a table above what was announced", "6.3", 0, "21", /^a table of 1 bytes, where 0 were announced$/],
  ["a large table above what was announced", "6.3", 4096, "3f e2 1f", /^a table of 4097 bytes, where 4096/],
  ["a table size after a field", "4.2", 4096, "82 20", /^a new table size stands after a field$/],
  ["a table size between fields", "4.2", 4096, "82 20 82", /^a new table size stands after a field$/],
];

describe("the decoder refuses", () => {
  it.each(faults)("%s (RFC 7541, section %s)", (_name, _section, tableBytes, hex, words) => {
    const decoder = new HeaderDecoder({ tableBytes });
    expect(() => decode(decoder, hex)).toThrow(HpackError);
    expect(() => decode(new HeaderDecoder({ tableBytes }), hex)).toThrow(words);
  });
});

const accepted: [name: string, tableBytes: number, hex: string, fields: string[]][] = [
  ["an empty block", 0, "", []],
  ["a table size of 0 before the first field", 0, "20 88", [":status: 200"]],
  ["a table size alone", 0, "20", []],
  ["two table sizes before the first field", 4096, "20 3f e1 1f 88", [":status: 200"]],
  ["a field that a table of 0 bytes does not take", 0, "4001 6101 62", ["a: b"]],
  ["a name of the dynamic table", 4096, "4001 6101 62 7e01 63 be bf", ["a: b", "a: c", "a: c", "a: b"]],
  ["an empty value", 0, "00 01 61 00", ["a: "]],
  ["an empty Huffman value", 0, "00 01 61 80", ["a: "]],
  ["padding of three ones", 0, "00 01 61 81 1f", ["a: a"]],
  ["padding of seven ones", 0, "00 01 61 84 18 c6 31 ff", ["a: aaaaa"]],
  ["octets above ASCII", 0, "00 01 61 02 e9 ff", ["a: éÿ"]],
  ["a literal that is never to be indexed, with a known name", 0, "1f 08 01 61", ["authorization: a"]],
  ["an integer with zeros after it", 0, "0f 80 00 01 61", ["accept-charset: a"]],
];

describe("the decoder accepts", () => {
  it.each(accepted)("%s", (_name, tableBytes, hex, fields) => {
    const decoded = decode(new HeaderDecoder({ tableBytes }), hex);
    expect(decoded === "too-large" || decoded.map(({ name, value }) => `${name}: ${value}`)).toEqual(fields);
  });
});

describe("the dynamic table", () => {
  const entry = (letter: string) => `40 01 ${Buffer.from(letter).toString("hex")} 01 78`;

  it("lets the oldest go when there is no room", () => {
    const decoder = new HeaderDecoder({ tableBytes: 70 });
    decode(decoder, `${entry("a")} ${entry("b")} ${entry("c")}`);
    expect(decoder.tableBytes).toBe(68);
    expect(decode(decoder, "be bf")).toEqual([
      { name: "c", value: "x" },
      { name: "b", value: "x" },
    ]);
    expect(() => decode(decoder, "c0")).toThrow(/^index 64 is beyond/);
  });

  it("is empty after a field that is larger than itself", () => {
    const decoder = new HeaderDecoder({ tableBytes: 40 });
    decode(decoder, entry("a"));
    decode(decoder, "40 01 61 07 78 78 78 78 78 78 78");
    expect(decoder.tableBytes).toBe(40);
    decode(decoder, "40 01 61 08 78 78 78 78 78 78 78 78");
    expect(decoder.tableBytes).toBe(0);
    expect(() => decode(decoder, "be")).toThrow(/^index 62 is beyond/);
  });

  it("may take its name from a field that leaves for it", () => {
    const decoder = new HeaderDecoder({ tableBytes: 40 });
    decode(decoder, entry("a"));
    expect(decode(decoder, "7e 02 79 79")).toEqual([{ name: "a", value: "yy" }]);
    expect(decode(decoder, "be")).toEqual([{ name: "a", value: "yy" }]);
  });

  it("shrinks at once to the size that the peer chose, and grows up to what was announced", () => {
    const decoder = new HeaderDecoder({ tableBytes: 4096 });
    decode(decoder, `${entry("a")} ${entry("b")}`);
    decode(decoder, "3f 09");
    expect(decoder.tableBytes).toBe(34);
    expect(decode(decoder, "be")).toEqual([{ name: "b", value: "x" }]);
    decode(decoder, `3f e1 1f ${entry("c")}`);
    expect(decoder.tableBytes).toBe(68);
  });

  it("begins with 4096 bytes when more was announced", () => {
    const decoder = new HeaderDecoder({ tableBytes: 8192 });
    const large = `40 01 61 7f a1 1e ${"78".repeat(4000)}`;
    decode(decoder, large);
    decode(decoder, large);
    expect(decoder.tableBytes).toBe(4033);
    decode(decoder, `3f e1 3f ${large}`);
    expect(decoder.tableBytes).toBe(8066);
  });
});

describe("a list beyond its limit", () => {
  it("is not kept, and the table is what the peer thinks it is", () => {
    const decoder = new HeaderDecoder({ tableBytes: 4096, maxListBytes: 99 });
    expect(decode(decoder, "40 01 61 01 62 be")).toHaveLength(2);
    // 34 bytes each: the third is beyond.
    expect(decode(decoder, "be be 40 01 63 01 64")).toBe("too-large");
    expect(decode(decoder, "be bf")).toEqual([
      { name: "c", value: "d" },
      { name: "a", value: "b" },
    ]);
  });

  it("may reach the limit", () => {
    expect(decode(new HeaderDecoder({ maxListBytes: 68 }), "00 01 61 01 62 00 01 61 01 62")).toHaveLength(2);
    expect(decode(new HeaderDecoder({ maxListBytes: 67 }), "00 01 61 01 62 00 01 61 01 62")).toBe(
      "too-large",
    );
  });
});

it("reads the part of the bytes that it is told", () => {
  const bytes = bytesOf("ff 88 82 ff");
  expect(new HeaderDecoder().decode(bytes, 1, 2)).toEqual([{ name: ":status", value: "200" }]);
});
