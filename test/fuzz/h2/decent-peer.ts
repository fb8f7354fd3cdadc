/** A peer that keeps to HTTP/2 and is difficult all the same: tiny windows, few streams, padding, and much of everything. */
import { flags, literals, types } from "../../transport/h2/support/frames.js";
import type { FrameArena } from "./frame-arena.js";
import { grpcContent } from "./heard.js";
import type { Random } from "./random.js";

const windows = [0, 1, 7, 15, 100, 300, 1_000, 20_000, 65_535];
const head = Buffer.concat([Buffer.from("88", "hex"), literals(["content-type", "application/grpc"])]);
const trailers = literals(["grpc-status", "0"]);
const setting = { maxStreams: 3, initialWindow: 4 };
const cancel = 8;

/** How far the answers to its calls have come. */
type Answer = "awaited" | "begun" | "over";

class DecentPeer {
  readonly #arena: FrameArena;
  readonly #random: Random;
  readonly #answers: Answer[];
  /** Bytes of content that it has sent: messages of gRPC, cut anywhere. */
  readonly #sent: number[];

  constructor(arena: FrameArena, random: Random, calls: number) {
    this.#arena = arena;
    this.#random = random;
    this.#answers = Array<Answer>(calls).fill("awaited");
    this.#sent = Array<number>(calls).fill(0);
  }

  next(): Buffer {
    const random = this.#random;
    const place = random.below(this.#answers.length);
    const stream = 2 * place + 1;
    switch (random.below(16)) {
      case 0:
        return this.#settings(setting.initialWindow, random.of(windows));
      case 1:
        // Nobody is waited for in vain for long.
        return random.once(4) ? this.#settings(setting.maxStreams, 1 + random.below(3)) : this.#ping();
      case 2:
      case 3:
      case 4:
        return this.#arena
          .begin(types.WINDOW_UPDATE, 0, random.once(3) ? 0 : stream)
          .number(1 + random.of(windows))
          .finish();
      case 5:
        if (!random.once(4) || this.#answers[place] === "over") return this.#ping();
        this.#answers[place] = "over";
        return this.#arena.begin(types.RST_STREAM, 0, stream).number(cancel).finish();
      default:
        return this.#answer(place, stream);
    }
  }

  #settings(id: number, value: number): Buffer {
    return this.#arena.begin(types.SETTINGS, 0, 0).short(id).number(value).finish();
  }

  #ping(): Buffer {
    return this.#arena.begin(types.PING, 0, 0).random(this.#random, 8).finish();
  }

  #answer(place: number, stream: number): Buffer {
    const random = this.#random;
    switch (this.#answers[place]) {
      case "awaited":
        this.#answers[place] = "begun";
        return this.#arena.begin(types.HEADERS, flags.endHeaders, stream).bytes(head).finish();
      case "begun":
        if (!random.once(6)) return this.#data(place, stream);
        this.#answers[place] = "over";
        return this.#arena
          .begin(types.HEADERS, flags.endHeaders | flags.end, stream)
          .bytes(trailers)
          .finish();
      default:
        return this.#ping();
    }
  }

  #data(place: number, stream: number): Buffer {
    const random = this.#random;
    const content = grpcContent.from(this.#sent[place] as number, random.below(160));
    this.#sent[place] = (this.#sent[place] as number) + content.length;
    if (!random.once(4)) return this.#arena.begin(types.DATA, 0, stream).bytes(content).finish();
    const padding = random.below(80);
    return this.#arena
      .begin(types.DATA, flags.padded, stream)
      .byte(padding)
      .bytes(content)
      .random(random, padding)
      .finish();
  }
}

/** Adds what such a peer sends to so many calls, frame by frame. */
export function decent(arena: FrameArena, random: Random, calls: number, frames: Buffer[]): Buffer[] {
  const peer = new DecentPeer(arena, random, calls);
  for (let left = 4 + random.below(24); left > 0; left--) frames.push(peer.next());
  return frames;
}
