// What is sent while a measurement runs, and what comes back. Closed loop: a window of requests in flight, a new
// one for each answer. Open loop: a rate, whatever the answers do; latency counts from when a request was due.
import { executeFrame, findId, isResult, serialAt, setSerial, slotAt } from "../frames.mjs";
import { jain, percentile } from "../statistics.mjs";

/** Ids hold four digits of slot. */
const maxSlots = 10_000;
/** Of answers in a closed loop, one in so many is timed. */
const sampled = 8;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Frames by slot, shared by all streams: a write copies. `request`: another one than the usual echo. */
class Frames {
  #frames = [];
  #request;

  constructor({ payload, ...request } = {}) {
    this.#request = payload === undefined ? request : { ...request, payload: Buffer.from(payload) };
  }

  of(slot) {
    if (!this.#frames[slot]) {
      const bytes = executeFrame(slot, this.#request);
      this.#frames[slot] = { bytes, id: findId(bytes) };
    }
    return this.#frames[slot];
  }
}

let lastSerial = 0;

/** The requests in flight on one stream. */
class Lane {
  count = 0;
  #stream;
  #frames;
  #dueAt = [];
  #serials = [];
  #free = [];

  constructor(stream, frames) {
    this.#stream = stream;
    this.#frames = frames;
  }

  /** False when every slot is in use. */
  ask(due) {
    const slot = this.#free.pop() ?? this.#serials.length;
    if (slot === maxSlots) return false;
    lastSerial += 1;
    this.#dueAt[slot] = due;
    this.#serials[slot] = lastSerial;
    const { bytes, id } = this.#frames.of(slot);
    setSerial(bytes, id, lastSerial);
    this.#stream.write(bytes);
    return true;
  }

  /** When the request was due, or undefined if the answer is to none that is in flight. */
  settle(bytes) {
    const id = findId(bytes);
    const slot = slotAt(bytes, id);
    if (serialAt(bytes, id) !== this.#serials[slot]) return undefined;
    this.#serials[slot] = -1;
    this.#free.push(slot);
    return this.#dueAt[slot];
  }
}

/** The same gaps in every run, so that every subject gets the same arrivals. */
function arrivals(perSecond) {
  let state = 0x9e3779b9;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => (-Math.log(1 - random()) * 1_000) / perSecond;
}

export class Load {
  #closed = new Map();
  #open = new Map();
  #phase = "warming";
  #latencies = [];
  #wrong = 0;
  #refused = 0;
  /** Answers that are no results, where the shape has them told. */
  #refusals = 0;
  #shape;

  /** `tellsRefusals`: failures are counted apart, and not timed. With a rate, the first `flooding` streams keep a window and the others share the rate; without, all keep one. */
  constructor(streams, shape) {
    this.#shape = { rate: 0, flooding: 0, window: 0, ...shape };
    const frames = new Frames(shape.request);
    for (const [i, stream] of streams.entries()) {
      const closed = this.#shape.rate === 0 || i < this.#shape.flooding;
      (closed ? this.#closed : this.#open).set(stream, new Lane(stream, frames));
    }
  }

  /** `counting` is called when the warm-up is over. */
  async run(counting) {
    const now = performance.now();
    for (const lane of this.#closed.values()) for (let i = 0; i < this.#shape.window; i += 1) lane.ask(now);
    if (this.#shape.rate > 0) this.#paceOpen();
    await wait(this.#shape.warmupMs);
    counting();
    for (const lane of this.#lanes) lane.count = 0;
    this.#phase = "counting";
    const begun = performance.now();
    await wait(this.#shape.ms);
    const seconds = (performance.now() - begun) / 1_000;
    this.#phase = "over";
    return this.#result(seconds);
  }

  answered(stream, bytes) {
    const now = performance.now();
    const closed = this.#closed.get(stream);
    const lane = closed ?? this.#open.get(stream);
    const due = lane?.settle(bytes);
    if (due === undefined) {
      // Exactly one answer, and to the request that is in flight.
      this.#wrong += 1;
      return;
    }
    if (this.#shape.tellsRefusals && !isResult(bytes)) {
      if (this.#phase === "counting") this.#refusals += 1;
    } else if (this.#phase === "counting") {
      lane.count += 1;
      const timed = this.#shape.rate === 0 ? lane.count % sampled === 0 : !closed;
      if (timed) this.#latencies.push(now - due);
    }
    if (closed && this.#phase !== "over") lane.ask(now);
  }

  get #lanes() {
    return [...this.#closed.values(), ...this.#open.values()];
  }

  /** Turns the event loop without sleeping, because a timer is late by up to a millisecond. */
  #paceOpen() {
    const lanes = [...this.#open.values()];
    const gap = arrivals(this.#shape.rate);
    let due = performance.now() + gap();
    let turn = 0;
    const pace = () => {
      if (this.#phase === "over") return;
      const now = performance.now();
      for (; due <= now; due += gap()) {
        turn += 1;
        if (!lanes[turn % lanes.length].ask(due)) this.#refused += 1;
      }
      setImmediate(pace);
    };
    pace();
  }

  #result(seconds) {
    const counts = (lanes) => [...lanes.values()].map((lane) => lane.count);
    const total = (lanes) => counts(lanes).reduce((sum, count) => sum + count, 0);
    const latencies = this.#latencies.sort((a, b) => a - b);
    const answers = total(this.#closed) + total(this.#open);
    return {
      perSecond: total(this.#closed) / seconds,
      openPerSecond: total(this.#open) / seconds,
      answers,
      wrong: this.#wrong,
      refused: this.#refused,
      refusalsPerSecond: this.#refusals / seconds,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      jain: jain(counts(this.#closed)),
    };
  }
}
