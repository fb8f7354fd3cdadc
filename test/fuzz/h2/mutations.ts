/** Changes a conversation: frames that are lost, doubled, moved, cut, split, forged, and bits that fall over. */
import { flags, types } from "../../transport/h2/support/frames.js";
import type { FrameArena } from "./frame-arena.js";
import { headerBlock } from "./hostile-blocks.js";
import type { Random } from "./random.js";

const streams = [0, 1, 1, 1, 3, 3, 5, 2, 7, 0x7fff_ffff, 0x8000_0001];
const lengths = [0, 1, 4, 5, 6, 8, 9, 255, 16_384, 16_385, 0xff_ffff];
const numbers = [0, 1, 2, 15, 16, 100, 16_384, 65_535, 65_536, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
const headBytes = 9;
/** Those of RFC 9113. */
const codes = 14;

/** A gRPC message of a type that no one knows, mostly. */
function message(arena: FrameArena, random: Random): FrameArena {
  const length = random.below(40);
  return arena
    .byte(random.once(8) ? 1 : 0)
    .number(random.once(8) ? random.of(numbers) : length)
    .random(random, length);
}

function settings(arena: FrameArena, random: Random): FrameArena {
  arena.begin(types.SETTINGS, 0, 0);
  for (let left = random.below(4); left > 0; left--) arena.short(random.below(8)).number(random.of(numbers));
  return arena;
}

function payload(arena: FrameArena, random: Random, stream: number, end: number): FrameArena {
  switch (random.below(15)) {
    case 0:
      return settings(arena, random);
    case 1:
      if (random.once(3)) return arena.begin(types.SETTINGS, 1, 0);
      return arena.begin(types.SETTINGS, random.below(2), stream).random(random, random.below(14));
    case 2:
      return arena.begin(types.PING, random.below(2), 0).random(random, 8);
    case 3:
      return arena.begin(types.WINDOW_UPDATE, 0, stream).number(random.of(numbers));
    case 4:
      return arena.begin(types.RST_STREAM, 0, stream).number(random.below(codes));
    case 5:
      return arena.begin(types.GOAWAY, 0, 0).number(random.of(streams)).number(random.below(codes));
    case 6:
    case 7:
      headerBlock(arena.begin(types.HEADERS, 0x4 | end, stream), random);
      return arena;
    case 8:
      headerBlock(arena.begin(types.HEADERS, random.below(256), stream), random);
      return arena;
    case 9:
      headerBlock(arena.begin(types.CONTINUATION, random.below(8), stream), random);
      return arena;
    case 10:
    case 11:
      return message(arena.begin(types.DATA, end, stream), random);
    case 12:
      return message(arena.begin(types.DATA, 0x8 | end, stream).byte(random.below(20)), random);
    case 13:
      return arena
        .begin(types.DATA, random.below(2) * 0x8, stream)
        .byte(random.below(200))
        .random(random, random.below(260));
    default:
      return arena.begin(random.below(12), random.below(256), stream).random(random, random.below(16));
  }
}

/** A frame that might come, with something wrong about it now and then. */
export function forged(arena: FrameArena, random: Random): Buffer {
  const stream = random.of(streams);
  return payload(arena, random, stream, random.once(3) ? 1 : 0).finish();
}

/** Changes bytes of a frame that is a copy. */
function change(random: Random, kind: number, frame: Buffer): void {
  if (kind === 0 && frame.length > 0) {
    for (let bits = 1 + random.below(4); bits > 0; bits--) {
      const at = random.below(frame.length);
      frame[at] = (frame[at] as number) ^ (1 << random.below(8));
    }
  }
  if (frame.length < 9) return;
  if (kind === 1) frame.writeUIntBE(random.of(lengths), 0, 3);
  else if (kind === 2) frame[3] = random.below(11);
  else if (kind === 3) frame[4] = random.bits();
  else if (kind === 4) frame.writeUInt32BE(random.of(streams), 5);
  else if (kind === 5 && frame.length > 9) frame[9 + random.below(frame.length - 9)] = random.bits();
}

/** Puts the end of a header block into a frame of its own. */
function split(arena: FrameArena, random: Random, frames: Buffer[], place: number, one: Buffer): void {
  const at = headBytes + random.below(one.length - headBytes);
  const flag = one[4] as number;
  const stream = one.readUInt32BE(5);
  const first = arena
    .begin(types.HEADERS, flag & ~flags.endHeaders, stream)
    .bytes(one.subarray(headBytes, at));
  frames[place] = first.finish();
  const rest = arena.begin(types.CONTINUATION, flag & flags.endHeaders, stream).bytes(one.subarray(at));
  frames.splice(place + 1, 0, rest.finish());
}

/** Changes one place of a list of frames, in the list. Frames themselves are not changed, but replaced. */
function mutate(
  arena: FrameArena,
  random: Random,
  frames: Buffer[],
  corpus: readonly (readonly Buffer[])[],
): void {
  const place = random.below(frames.length + 1);
  const one = frames[place];
  const kind = random.below(15);
  switch (kind) {
    case 6:
    case 7:
    case 8:
      frames.splice(place, 0, forged(arena, random));
      return;
    case 9:
      frames.splice(place, 0, random.of(random.of(corpus)));
      return;
  }
  if (!one) return;
  switch (kind) {
    case 10:
      frames.splice(place, 1);
      return;
    case 11:
      frames.splice(random.below(frames.length + 1), 0, one);
      return;
    case 12:
      frames.splice(place, 1);
      frames.splice(random.below(frames.length + 1), 0, one);
      return;
    case 13:
      frames[place] = one.subarray(0, random.below(one.length));
      return;
    case 14:
      if (one[3] === types.HEADERS && one.length > headBytes) split(arena, random, frames, place, one);
      return;
    default: {
      const changed = arena.copy(one);
      change(random, kind, changed);
      frames[place] = changed;
    }
  }
}

/** A conversation with up to six changes, in the list itself; with none once in a while. */
export function mutateAll(
  arena: FrameArena,
  random: Random,
  frames: Buffer[],
  corpus: readonly (readonly Buffer[])[],
): void {
  for (let changes = random.below(7); changes > 0; changes--) mutate(arena, random, frames, corpus);
}
