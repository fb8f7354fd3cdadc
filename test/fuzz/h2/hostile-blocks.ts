/** Header blocks as HPACK allows them, almost, and not at all. */
import type { FrameArena } from "./frame-arena.js";
import type { Random } from "./random.js";

const texts = (...list: readonly string[]): readonly Buffer[] =>
  list.map((text) => Buffer.from(text, "latin1"));
const names = texts(
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
);
const values = texts("200", "0", "100", "application/grpc", "5", "-1", "trailers", "", " ", "a\nb", "\u00ff");
const literals = [0x00, 0x10, 0x40];
const longPrefixes = [0x0f, 0x1f, 0x7f, 0xff, 0x3f];

function text(arena: FrameArena, random: Random, list: readonly Buffer[]): void {
  const said = random.of(list);
  // A length that is not its own, or bytes that are no Huffman code, now and then.
  const length = random.once(20) ? random.below(140) : said.length;
  const isHuffman = random.once(10) ? 0x80 : 0;
  arena.byte((length & 0x7f) | isHuffman).bytes(said);
}

function field(arena: FrameArena, random: Random): void {
  switch (random.below(10)) {
    case 0:
    case 1:
      arena.byte(0x80 | random.below(64));
      return;
    case 2:
      arena.byte(0x80 | random.below(128));
      return;
    case 3:
      arena.byte(random.of(longPrefixes)).random(random, random.below(6));
      return;
    case 4:
      arena.byte(0x20 | random.below(32));
      return;
    case 5:
      arena.random(random, random.below(12));
      return;
    case 6:
      arena.byte(random.of(literals) + random.below(16));
      text(arena, random, values);
      return;
    default:
      arena.byte(random.of(literals));
      text(arena, random, names);
      text(arena, random, values);
  }
}

/** A block, that of a decent answer as often as not. */
export function headerBlock(arena: FrameArena, random: Random): void {
  if (!random.once(2)) arena.byte(0x88);
  for (let left = random.below(4); left > 0; left--) field(arena, random);
}
