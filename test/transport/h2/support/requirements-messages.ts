/** RFC 9113, sections 8 and 10.5, and RFC 7541: what an answer may be, how it is packed, and how much is too much. */
import {
  bytesOf,
  data,
  flags,
  frame,
  headers,
  literals,
  ok,
  ping,
  rst,
  settings,
  types,
  windowUpdate,
} from "./frames.js";
import { dies, goesOn, ignores, type Requirement, resets, row } from "./requirements.js";

const repeated = (count: number, one: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => one));
const fields = (...list: (readonly [name: string, value: string])[]) => literals([":status", "200"], ...list);
const early = literals([":status", "103"]);
const malformed = (section: string, peer: string, block: Buffer) =>
  row(section, peer, "open", headers(1, block), resets("PROTOCOL_ERROR"));
const malformedTrailers = (section: string, peer: string, block: Buffer) =>
  row(section, peer, "answered", headers(1, block, flags.end), resets("PROTOCOL_ERROR"));
const announced = (bytes: string) => fields(["content-length", bytes]);

export const messageRows: readonly Requirement[] = [
  row("8.1", "answers by HEADERS alone", "open", headers(1, ok, flags.end), goesOn(["headers 200", "ended"])),
  row(
    "8.1",
    "answers by HEADERS, DATA and trailers",
    "open",
    [headers(1, ok), data(1, "0102"), headers(1, literals(["grpc-status", "0"]), flags.end)],
    goesOn(["headers 200", "content 2", "trailers", "ended"]),
  ),
  row(
    "8.1",
    "sends interim answers before",
    "open",
    [headers(1, early), headers(1, early), headers(1, ok)],
    goesOn(["headers 200"]),
  ),
  row("8.1", "ends with an interim answer", "open", headers(1, early, flags.end), resets("PROTOCOL_ERROR")),
  row("8.1", "sends DATA before HEADERS", "open", data(1, "00"), resets("PROTOCOL_ERROR")),
  row("8.1", "ends by DATA before HEADERS", "open", data(1, "", flags.end), resets("PROTOCOL_ERROR")),
  row(
    "8.1",
    "sends DATA after an interim answer",
    "open",
    [headers(1, early), data(1, "00")],
    resets("PROTOCOL_ERROR"),
  ),
  row(
    "8.1",
    "sends HEADERS within the answer",
    "answered",
    headers(1, literals(["a", "b"])),
    resets("PROTOCOL_ERROR"),
  ),
  row(
    "8.1",
    "sends an interim answer within the answer",
    "answered",
    headers(1, early),
    resets("PROTOCOL_ERROR"),
  ),
  row(
    "8.1",
    "goes on after trailers",
    "answered",
    [headers(1, literals(["a", "b"]), flags.end), data(1, "00")],
    goesOn(["trailers", "ended"], ["RST_STREAM 1 STREAM_CLOSED"]),
  ),
  row(
    "8.1",
    "answers whole, and has heard enough, with NO_ERROR",
    "open",
    [headers(1, ok, flags.end), rst(1, "NO_ERROR")],
    goesOn(["headers 200", "ended"]),
  ),
  row("8.1", "refuses", "open", rst(1, "REFUSED_STREAM"), goesOn(["lost by peer 7"])),
  row(
    "8.1.1",
    "sends less than it announced",
    "open",
    [headers(1, announced("2")), data(1, "00", flags.end)],
    resets("PROTOCOL_ERROR", { hears: ["headers 200", "content 1"] }),
  ),
  row(
    "8.1.1",
    "sends more than it announced",
    "open",
    [headers(1, announced("1")), data(1, "0000")],
    resets("PROTOCOL_ERROR", { hears: ["headers 200"] }),
  ),
  row(
    "8.1.1",
    "sends nothing where it announced something",
    "open",
    headers(1, announced("1"), flags.end),
    resets("PROTOCOL_ERROR"),
  ),
  row(
    "8.1.1",
    "sends less, and trailers",
    "open",
    [headers(1, announced("1")), headers(1, literals(["a", "b"]), flags.end)],
    resets("PROTOCOL_ERROR", { hears: ["headers 200"] }),
  ),
  row(
    "8.1.1",
    "sends what it announced, padding aside",
    "open",
    [headers(1, announced("2")), frame(types.DATA, flags.padded | flags.end, 1, "02 6162 0000")],
    goesOn(["headers 200", "content 2", "ended"]),
  ),
  malformed("8.1.1", "announces what is no number", announced("1x")),
  malformed("8.1.1", "announces less than nothing", announced("-1")),
  malformed("8.1.1", "announces two lengths", fields(["content-length", "1"], ["content-length", "2"])),
  malformed("8.2.1", "sends a name with a capital letter", fields(["Grpc-Status", "0"])),
  malformed("8.2.1", "sends a name with a space", fields(["a b", "0"])),
  malformed("8.2.1", "sends a name with a colon", fields(["a:", "0"])),
  malformed("8.2.1", "sends a name with a control character", fields(["a\u0001", "0"])),
  malformed("8.2.1", "sends a name above ASCII", fields(["\u00e9", "0"])),
  malformed("8.2.1", "sends a field without a name", fields(["", "0"])),
  malformed("8.2.1", "sends a value with NUL", fields(["a", "\0"])),
  malformed("8.2.1", "sends a value with a line feed", fields(["a", "b\n"])),
  malformed("8.2.1", "sends a value with a carriage return", fields(["a", "b\rc"])),
  malformed("8.2.2", "sends connection", fields(["connection", "close"])),
  malformed("8.2.2", "sends keep-alive", fields(["keep-alive", "1"])),
  malformed("8.2.2", "sends proxy-connection", fields(["proxy-connection", "close"])),
  malformed("8.2.2", "sends transfer-encoding", fields(["transfer-encoding", "chunked"])),
  malformed("8.2.2", "sends upgrade", fields(["upgrade", "h2c"])),
  malformedTrailers("8.2.2", "sends connection in trailers", literals(["connection", "close"])),
  malformedTrailers("8.2.1", "sends a capital letter in trailers", literals(["Grpc-Status", "0"])),
  malformedTrailers("8.1", "sends a status in trailers", bytesOf(ok)),
  malformedTrailers("8.3", "sends a path in trailers", literals([":path", "/"])),
  malformed("8.3.2", "sends no status", literals(["a", "b"])),
  malformed("8.3.2", "sends no fields at all", Buffer.alloc(0)),
  malformed("8.3", "sends two statuses", bytesOf("8888")),
  malformed("8.3", "sends the status after a field", literals(["a", "b"], [":status", "200"])),
  malformed("8.3", "sends a path", bytesOf("8884")),
  malformed("8.3", "sends a pseudo-header field that is not known", fields([":protocol", "x"])),
  malformed("8.3.2", "sends a status that is no number", literals([":status", "ok"])),
  malformed("8.3.2", "sends a status of four digits", literals([":status", "2000"])),
  malformed("8.6", "switches protocols", literals([":status", "101"])),
];

const long = (length: number): Buffer => {
  // "a", with a value of so many characters.
  const rest = length - 127;
  return Buffer.concat([
    bytesOf("00 01 61 7f"),
    Buffer.from([(rest & 0x7f) | 0x80, ((rest >> 7) & 0x7f) | 0x80, rest >> 14]),
    Buffer.alloc(length, 0x61),
  ]);
};
/** A block in as many frames as it takes. */
const spread = (block: Buffer, piece = 16_384): Buffer[] => {
  const pieces = Array.from({ length: Math.ceil(block.length / piece) }, (_, i) =>
    block.subarray(i * piece, (i + 1) * piece),
  );
  return pieces.map((one, i) =>
    frame(
      i === 0 ? types.HEADERS : types.CONTINUATION,
      i === pieces.length - 1 ? flags.endHeaders : 0,
      1,
      one,
    ),
  );
};
const listLimit = 64 * 1024;
const status = bytesOf(ok);

export const floodRows: readonly Requirement[] = [
  row(
    "10.5.1",
    "sends header fields up to our limit",
    "open",
    spread(Buffer.concat([status, long(listLimit - 42 - 33 - 1000)])),
    goesOn(["headers 200"]),
  ),
  // 61 is the most for its octet: the same long value again and again would need a table, which there is not.
  row(
    "10.5.1",
    "sends a block beyond our limit",
    "open",
    spread(Buffer.concat([status, long(listLimit)])),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5.1",
    "sends a list beyond our limit in a small block",
    "open",
    headers(1, Buffer.concat([status, Buffer.alloc(2_000, 0x90)])),
    resets("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "ends no block",
    "open",
    [frame(types.HEADERS, 0, 1, ok), repeated(40, frame(types.CONTINUATION, 0, 1))],
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "sends interim answers without end",
    "open",
    repeated(17, headers(1, early)),
    resets("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with DATA without bytes",
    "answered",
    repeated(10_001, data(1, "")),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with ranks",
    "open",
    repeated(10_001, frame(types.PRIORITY, 0, 1, "00000000 10")),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with unknown frames",
    "open",
    repeated(10_001, frame(0xfa, 0, 0)),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with windows of a byte",
    "open",
    repeated(10_001, windowUpdate(1, 1)),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with answers to no PING",
    "open",
    repeated(10_001, ping(1, flags.ack)),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with frames on a stream that is gone",
    "reset by us",
    repeated(10_001, data(1, "")),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with a byte of DATA on a stream that is gone",
    "reset by us",
    repeated(10_001, data(1, "00")),
    dies("ENHANCE_YOUR_CALM"),
  ),
  row(
    "10.5",
    "floods with padding of DATA without bytes",
    "answered",
    repeated(10_001, frame(types.DATA, flags.padded, 1, "00")),
    dies("ENHANCE_YOUR_CALM"),
  ),
];

const broken = (section: string, peer: string, hex: string) =>
  row(`7541, ${section}`, peer, "open", headers(1, hex), dies("COMPRESSION_ERROR"));

export const compressionRows: readonly Requirement[] = [
  row("7541, 4.2", "begins with a table of 0 bytes", "open", headers(1, `20 ${ok}`), goesOn(["headers 200"])),
  broken("4.2", "sizes the table within a block", `${ok} 20`),
  broken("6.3", "sizes the table above what we announced", `21 ${ok}`),
  broken("6.1", "refers to index 0", "80"),
  broken("2.3.3", "refers to an index beyond the tables", "be"),
  broken("2.3.3", "takes a name from an index beyond the tables", "7e 01 61"),
  row(
    "7541, 4.4",
    "adds a field to a table of 0 bytes",
    "open",
    headers(1, `${ok} 40 01 61 01 62`),
    goesOn(["headers 200"]),
  ),
  broken("4.4", "refers to the field it added to a table of 0 bytes", `${ok} 40 01 61 01 62 be`),
  broken("5.1", "writes an integer without end", "ff ff ff ff ff ff 01"),
  broken("5.2", "writes a string beyond the block", `${ok} 00 7f 00 61`),
  broken("5.2", "ends a Huffman string by zeros", `${ok} 00 01 61 81 18`),
  broken("5.2", "pads a Huffman string by 8 bits", `${ok} 00 01 61 82 1f ff`),
  broken("5.2", "writes the end of a string into a Huffman string", `${ok} 00 01 61 84 ff ff ff ff`),
  row("7541, 5.2", "writes a Huffman string", "open", headers(1, "48 82 64 02"), goesOn(["headers 302"])),
  row("7541, 6.2.3", "forbids to index", "open", headers(1, `${ok} 1f 08 01 61`), goesOn(["headers 200"])),
];

/** What an answer to a peer costs nobody: these come in such numbers from gateways that measure their way. */
export const calmRows: readonly Requirement[] = [
  row("10.5", "sends a thousand windows of a byte", "open", repeated(1_000, windowUpdate(1, 1)), ignores),
  // What was underway when we reset it may be a whole window of small messages, of many streams at once.
  row(
    "5.1",
    "sends on in small frames on a stream that we reset",
    "reset by us",
    repeated(20_000, data(1, "00".repeat(20))),
    ignores,
  ),
  row(
    "10.5",
    "sends SETTINGS again and again",
    "open",
    repeated(100, settings()),
    goesOn([], Array<string>(100).fill("SETTINGS ACK")),
  ),
];
