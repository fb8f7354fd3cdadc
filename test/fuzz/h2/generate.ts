/** Makes cases of conversations: each by its seed, and always the same. */

import { settings, settingsAck } from "../../transport/h2/support/frames.js";
import { decent } from "./decent-peer.js";
import { FrameArena } from "./frame-arena.js";
import type { Action, Doing, FuzzCase } from "./fuzz-case.js";
import { forged, mutateAll } from "./mutations.js";
import { Random } from "./random.js";

/** What a peer sent in one conversation, frame by frame. */
export type Conversation = readonly Buffer[];

const open: Doing = { what: "open" };

function doing(random: Random): Doing {
  const call = random.below(3);
  switch (random.below(12)) {
    case 0:
    case 1:
      return open;
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

function actionsFor(random: Random, opened: number, bytes: number): Action[] {
  const actions: Action[] = [];
  for (let calls = opened; calls > 0; calls--) actions.push({ at: 0, doing: open });
  let last = 0;
  for (let more = random.below(8); more > 0; more--) {
    // Several at once now and then, before anything is written.
    if (!random.once(3)) last = random.below(bytes + 1);
    const action = { at: last, doing: doing(random) };
    let place = actions.length;
    while (place > opened && (actions[place - 1] as Action).at > action.at) place--;
    actions.splice(place, 0, action);
  }
  return actions;
}

/** Byte by byte now and then, else a few. */
function cutsOf(random: Random, bytes: number): number[] {
  const cuts: number[] = [];
  if (random.once(16) && bytes < 400) for (let at = 1; at < bytes; at++) cuts.push(at);
  else for (let left = 1 + random.below(8); left > 0; left--) cuts.push(random.below(bytes + 1));
  return cuts.sort((one, other) => one - other);
}

const greeting: Conversation = [settings(), settingsAck];

/** Greeted decently, and then nothing is known. */
function invented(random: Random): Buffer[] {
  const frames = [...greeting];
  for (let left = random.below(10); left > 0; left--) frames.push(forged(arena, random));
  return frames;
}

/** What the peer sends to so many calls, and whether something is to be changed about it. */
function conversationFor(random: Random, calls: number, corpus: readonly Conversation[]): Buffer[] {
  const kind = random.below(6);
  if (kind >= 4) return decent(arena, random, calls, [...greeting]);
  const frames = kind === 3 ? invented(random) : [...random.of(corpus)];
  mutateAll(arena, random, frames, corpus);
  return frames;
}

const arena = new FrameArena();

export function generate(seed: number, corpus: readonly Conversation[]): FuzzCase {
  const random = new Random(seed);
  const limits = random.once(2) ? "small" : "real";
  const owners = random.once(2) ? "raw" : "grpc";
  arena.clear();
  const calls = 1 + random.below(3);
  const frames = conversationFor(random, calls, corpus);
  // A decent peer slips now and then.
  if (random.once(8)) mutateAll(arena, random, frames, corpus);
  const bytes = joined(frames);
  return {
    limits,
    owners,
    actions: actionsFor(random, calls, bytes.length),
    bytes,
    cuts: cutsOf(random, bytes.length),
    isRunTwice: random.once(4),
  };
}

function joined(frames: Conversation): Buffer {
  let length = 0;
  for (const frame of frames) length += frame.length;
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (const frame of frames) {
    bytes.set(frame, at);
    at += frame.length;
  }
  return bytes;
}
