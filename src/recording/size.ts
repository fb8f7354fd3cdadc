/**
 * What a step takes in memory, estimated from above where it is measured: shared parts (policies, machines, states in
 * history) are not counted, everything else as if it were nobody else's. A test measures real heaps against it.
 */
import type { Entry, Output } from "./entry.js";
import { type ChartName, type HostName, isHost } from "./settings.js";

/** The entry itself, its place in the list, its standpoint, and a configuration of states with its objects. */
const perEntry = 600;
/** A context of the largest chart, which XState copies with each assignment, and the small things that charts put there. */
const perContext = 400;
const perObject = 60;
const perValue = 16;
const perOutput = 120;
/** A guard's answer is a pair; a transition is of the machine. */
const perAsked = 80;
/** Nothing in a chart is nested deeper. */
const deepest = 5;

function sizeOf(value: unknown, depth = 0): number {
  if (typeof value === "string") return perValue + 2 * value.length;
  if (typeof value !== "object" || value === null || depth > deepest) return perValue;
  let bytes = perObject;
  // Once for each event of each chart: no lists are made for it.
  for (const name in value) {
    // Shared by all registrations.
    if (name !== "policy") bytes += perValue + sizeOf(Reflect.get(value, name), depth + 1);
  }
  return bytes;
}

function sizeOfOutput(output: Output): number {
  if ("to" in output) return perOutput + sizeOf(output.event);
  if ("emits" in output) return perOutput + sizeOf(output.emits);
  return perOutput + ("starts" in output && output.input !== undefined ? sizeOf(output.input) : 0);
}

/** In bytes. */
export function sizeOfEntry(
  { actor, event, after, sent, drawn, taken, asked }: Omit<Entry, "bytes">,
  before: Entry["after"]["context"] | undefined,
): number {
  const ofEvent = sizeOf(event);
  let bytes = perEntry + ofEvent + perValue * (drawn.length + taken.length) + perAsked * asked.length;
  for (const output of sent) bytes += sizeOfOutput(output);
  if (after.context === before) return bytes;
  // What an assignment puts there has come with the event, or is small; the rest belongs to an earlier step.
  return bytes + perContext + (isHost(actor.chart) ? 0 : ofEvent);
}

/** Of the events of one type, so many are measured first, and later some: as many in a row as this are not measured. */
const measuredFirst = 8;
const leastSkipped = 8;
/** And up to so many more, by turns: what comes in a rhythm of its own is not always missed. */
const skippedMore = 16;
/** The largest of so many that were measured last stands for those in between. */
const remembered = 4;

/** What was measured of the events of one type. */
class Sample {
  #count = 0;
  /** The number of the next that is measured. */
  #next = 1;
  #more = 0;
  #last: readonly number[] = [];
  #largest = 0;

  /** What one more takes; undefined: it is to be measured. */
  estimate(): number | undefined {
    this.#count += 1;
    return this.#count < this.#next ? this.#largest : undefined;
  }

  measured(bytes: number): number {
    this.#next = this.#count + 1 + (this.#count < measuredFirst ? 0 : this.#skips());
    this.#last = [...this.#last, bytes].slice(-remembered);
    this.#largest = Math.max(...this.#last);
    return bytes;
  }

  #skips(): number {
    // Each of the numbers below `skippedMore` once, then again.
    this.#more = (5 * this.#more + 3) % skippedMore;
    return leastSkipped + this.#more;
  }
}

/**
 * Sizes of entries. Events of one type are alike, and to look through each took longer than to note it: of thousands, some
 * are measured. Those of hosts tell of many registrations at once, or of one, and are all measured.
 */
export class Sizes {
  readonly #samples = new Map<ChartName | HostName, Map<string, Sample>>();

  /** In bytes; `before`: the context before the event. */
  of(entry: Omit<Entry, "bytes">, before: Entry["after"]["context"] | undefined): number {
    const { chart } = entry.actor;
    if (isHost(chart)) return sizeOfEntry(entry, before);
    const sample = this.#sample(chart, entry.event.type);
    return sample.estimate() ?? sample.measured(sizeOfEntry(entry, before));
  }

  #sample(chart: ChartName | HostName, type: string): Sample {
    let ofChart = this.#samples.get(chart);
    if (!ofChart) {
      ofChart = new Map();
      this.#samples.set(chart, ofChart);
    }
    let sample = ofChart.get(type);
    if (!sample) {
      sample = new Sample();
      ofChart.set(type, sample);
    }
    return sample;
  }
}
