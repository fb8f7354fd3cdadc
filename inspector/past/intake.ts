/** From the bytes of a recording to its store, in slices: the page goes on in between, and shows how far it is. */
import { LineReader, readHeader } from "../../src/recording/read.js";
import type { Drawing } from "../chart/drawing.js";
import { FleetAt } from "./fleet-at.js";
import { Standings } from "./standings.js";
import { Store } from "./store.js";
import { RecordingBytes } from "./text.js";

/** A recording that can be looked at. */
export interface Loaded {
  readonly text: RecordingBytes;
  readonly store: Store;
  readonly standings: Standings;
  readonly fleetAt: FleetAt;
}

/** What the page does without a pause, in ms: less than a frame. */
const sliceMs = 10;

/** Lines between looks at the clock. */
const linesAtOnce = 32;

/** Larger files are not opened: the page holds all of it. */
export const largestBytes = 768 * 1024 * 1024;

/** The next turn of the event loop. A timer would wait, and for a second in a page that nobody sees. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

export interface Progress {
  /** From 0 to 1. */
  tell(part: number): void;
  /** Somebody wants something else by now: it rejects. */
  readonly signal: AbortSignal;
}

class Slices {
  readonly #progress: Progress;
  #until = performance.now() + sliceMs;

  constructor(progress: Progress) {
    this.#progress = progress;
  }

  async pause(part: number): Promise<void> {
    if (performance.now() < this.#until) return;
    this.#progress.tell(part);
    await turn();
    this.#progress.signal.throwIfAborted();
    this.#until = performance.now() + sliceMs;
  }
}

/** Of the work, what the lines are. */
const partOfLines = 0.9;

/** Rejects with DESERIALIZATION_ERROR that names the line and the field. */
export async function load(bytes: Uint8Array, drawing: Drawing, progress: Progress): Promise<Loaded> {
  const text = new RecordingBytes(bytes);
  const slices = new Slices(progress);
  const [first] = text.lines();
  const store = new Store(readHeader(first?.text ?? ""));
  let place = { offset: 0, size: 0 };
  const reader = new LineReader((line) => store.take(line, place.offset, place.size));
  let number = 1;
  for (const line of text.lines((first?.size ?? 0) + 1)) {
    number += 1;
    place = line;
    if (line.text.trim() !== "") reader.take(number, line.text);
    if (number % linesAtOnce === 0) await slices.pause((partOfLines * line.offset) / bytes.length);
  }
  store.link();
  const standings = new Standings(store, drawing);
  for (const _ of standings.work()) await slices.pause(partOfLines);
  const fleetAt = new FleetAt(store);
  progress.tell(1);
  return { text, store, standings, fleetAt };
}
