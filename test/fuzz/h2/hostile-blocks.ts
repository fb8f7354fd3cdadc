/** Header blocks as HPACK allows them, almost, and not at all. */
import type { Random } from "./random.js";

const names = [
  ":status",
  "grpc-status",
  "content-type",
  "content-length",
  "te",
  "a",
  "A",
  "",
  ":path",
  "connection",
];
const values = ["200", "0", "100", "application/grpc", "5", "-1", "trailers", "", " ", "a\nb", "\u00ff"];

function text(random: Random, list: readonly string[]): Buffer {
  const said = Buffer.from(random.of(list), "latin1");
  // A length that is not its own, or bytes that are no Huffman code, now and then.
  const length = random.once(20) ? random.below(140) : said.length;
  const isHuffman = random.once(10) ? 0x80 : 0;
  return Buffer.concat([Buffer.from([(length & 0x7f) | isHuffman]), said]);
}

function field(random: Random): Buffer {
  switch (random.below(10)) {
    case 0:
    case 1:
      return Buffer.from([0x80 | random.below(64)]);
    case 2:
      return Buffer.from([0x80 | random.below(128)]);
    case 3:
      return Buffer.concat([
        Buffer.from([random.of([0x0f, 0x1f, 0x7f, 0xff, 0x3f])]),
        random.bytes(random.below(6)),
      ]);
    case 4:
      return Buffer.from([0x20 | random.below(32)]);
    case 5:
      return random.bytes(random.below(12));
    case 6:
      return Buffer.concat([
        Buffer.from([random.of([0x00, 0x10, 0x40]) + random.below(16)]),
        text(random, values),
      ]);
    default:
      return Buffer.concat([
        Buffer.from([random.of([0x00, 0x10, 0x40])]),
        text(random, names),
        text(random, values),
      ]);
  }
}

/** A block, that of a decent answer as often as not. */
export function headerBlock(random: Random): Buffer {
  const fields: Buffer[] = random.once(2) ? [] : [Buffer.from([0x88])];
  for (let left = random.below(4); left > 0; left--) fields.push(field(random));
  return Buffer.concat(fields);
}
