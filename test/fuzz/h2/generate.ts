/** Makes cases of conversations: each by its seed, and always the same. */

import { settings, settingsAck } from "../../transport/h2/support/frames.js";
import type { Action, Doing, FuzzCase } from "./fuzz-case.js";
import { forged, mutated } from "./mutations.js";
import { Random } from "./random.js";

/** What a peer sent in one conversation, frame by frame. */
export type Conversation = readonly Buffer[];

function doing(random: Random): Doing {
  const call = random.below(3);
  switch (random.below(12)) {
    case 0:
    case 1:
      return { what: "open" };
    case 2:
      return { what: "end", call };
    case 3:
      return { what: "reset", call };
    case 4:
      return { what: "stop reading", call };
    case 5:
      return { what: "read on", call };
    case 6:
      return { what: "hold the wire" };
    case 7:
      return { what: "let the wire go" };
    case 8:
      return { what: "ping" };
    default:
      return { what: "send", call, bytes: random.once(10) ? random.below(200_000) : random.below(300) };
  }
}

function actionsFor(random: Random, bytes: number): Action[] {
  const opened: Action[] = Array.from({ length: 1 + random.below(3) }, () => ({
    at: 0,
    doing: { what: "open" },
  }));
  const more = Array.from({ length: random.below(6) }, () => ({
    at: random.below(bytes + 1),
    doing: doing(random),
  }));
  return [...opened, ...more.sort((one, other) => one.at - other.at)];
}

function cutsOf(random: Random, bytes: number): number[] {
  if (random.once(8) && bytes < 400) return Array.from({ length: bytes }, (_, at) => at);
  const cuts = Array.from({ length: 1 + random.below(8) }, () => random.below(bytes + 1));
  return cuts.sort((one, other) => one - other);
}

/** A peer of which nothing was recorded: decent in its first frames, and then anything. */
function invented(random: Random): Conversation {
  const frames = [settings(), settingsAck];
  for (let left = random.below(10); left > 0; left--) frames.push(forged(random));
  return frames;
}

export function generate(seed: number, corpus: readonly Conversation[]): FuzzCase {
  const random = new Random(seed);
  const conversation = random.once(3) ? invented(random) : random.of(corpus);
  const bytes = mutated(random, conversation, () => random.of(corpus));
  return {
    owners: random.once(2) ? "raw" : "grpc",
    actions: actionsFor(random, bytes.length),
    bytes,
    cuts: cutsOf(random, bytes.length),
  };
}
