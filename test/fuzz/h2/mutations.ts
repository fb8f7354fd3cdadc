/** Changes a conversation: frames that are lost, doubled, moved, cut, forged, and bits that fall over. */
import {
  codes,
  data,
  frame,
  goaway,
  headers,
  number,
  ping,
  rst,
  settings,
  settingsAck,
  types,
  windowUpdate,
} from "../../transport/h2/support/frames.js";
import { headerBlock } from "./hostile-blocks.js";
import type { Random } from "./random.js";

const streams = [0, 1, 1, 1, 3, 3, 5, 2, 7, 0x7fff_ffff, 0x8000_0001];
const lengths = [0, 1, 4, 5, 6, 8, 9, 255, 16_384, 16_385, 0xff_ffff];
const numbers = [0, 1, 2, 15, 16, 100, 16_384, 65_535, 65_536, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/** A gRPC message of so many bytes that no one knows. */
const message = (random: Random): Buffer => {
  const length = random.below(40);
  return Buffer.concat([
    Buffer.from([random.once(8) ? 1 : 0]),
    number(random.once(8) ? random.of(numbers) : length),
    random.bytes(length),
  ]);
};

/** A frame that might come, with something wrong about it now and then. */
export function forged(random: Random): Buffer {
  const stream = random.of(streams);
  const end = random.once(3) ? 1 : 0;
  switch (random.below(14)) {
    case 0:
      return settings(
        ...Array.from({ length: random.below(4) }, () => [random.below(8), random.of(numbers)] as const),
      );
    case 1:
      return random.once(3)
        ? settingsAck
        : frame(types.SETTINGS, random.below(2), stream, random.bytes(random.below(14)));
    case 2:
      return ping(random.below(256), random.below(2));
    case 3:
      return windowUpdate(stream, random.of(numbers));
    case 4:
      return rst(stream, random.of(codes));
    case 5:
      return goaway(random.of(streams), random.of(codes));
    case 6:
    case 7:
      return headers(stream, headerBlock(random), end);
    case 8:
      return frame(types.HEADERS, random.below(256), stream, headerBlock(random));
    case 9:
      return frame(types.CONTINUATION, random.below(8), stream, headerBlock(random));
    case 10:
    case 11:
      return data(stream, message(random), end);
    case 12:
      return frame(
        types.DATA,
        0x8 | end,
        stream,
        Buffer.concat([Buffer.from([random.below(20)]), message(random)]),
      );
    default:
      return frame(random.below(12), random.below(256), stream, random.bytes(random.below(16)));
  }
}

/** Changes one place of a list of frames, in the list. Frames themselves are not changed, but replaced. */
function mutate(random: Random, frames: Buffer[], others: () => readonly Buffer[]): void {
  const place = random.below(frames.length + 1);
  const one = frames[place];
  const changed = one && Buffer.from(one);
  switch (random.below(14)) {
    case 0:
      frames.splice(place, 1);
      return;
    case 1:
      if (one) frames.splice(random.below(frames.length + 1), 0, one);
      return;
    case 2:
      if (one) frames.splice(random.below(frames.length), 0, ...frames.splice(place, 1));
      return;
    case 3:
    case 4:
    case 5:
      frames.splice(place, 0, forged(random));
      return;
    case 6:
      frames.splice(place, 0, random.of(others()));
      return;
    case 7:
      if (changed && changed.length > 0) {
        for (let bits = 1 + random.below(4); bits > 0; bits--) {
          const at = random.below(changed.length);
          changed[at] = (changed[at] as number) ^ (1 << random.below(8));
        }
      }
      break;
    case 8:
      if (changed && changed.length >= 9) changed.writeUIntBE(random.of(lengths), 0, 3);
      break;
    case 9:
      if (changed && changed.length >= 9) changed[3] = random.below(11);
      break;
    case 10:
      if (changed && changed.length >= 9) changed[4] = random.bits();
      break;
    case 11:
      if (changed && changed.length >= 9) changed.writeUInt32BE(random.of(streams), 5);
      break;
    case 12:
      if (one) frames[place] = one.subarray(0, random.below(one.length));
      return;
    default:
      if (changed && changed.length > 9) changed[9 + random.below(changed.length - 9)] = random.bits();
  }
  if (changed) frames[place] = changed;
}

/** A conversation with up to six changes; with none once in a while. */
export function mutated(random: Random, frames: readonly Buffer[], others: () => readonly Buffer[]): Buffer {
  const changed = [...frames];
  for (let changes = random.below(7); changes > 0; changes--) mutate(random, changed, others);
  return Buffer.concat(changed);
}
