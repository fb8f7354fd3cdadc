import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AdaptiveLimit } from "../../src/execution/adaptive-limit.js";

/** How long a request takes, in ms, while so many run. */
type Station = (running: number) => number;

/** It takes what it takes alone up to so many at once, and beyond with the square of how many. */
const degrading =
  (knee: number, aloneMs: number): Station =>
  (running) =>
    aloneMs * Math.max(1, running / knee) ** 2;

/** A flood: every free slot is taken at once. Time is the test's. */
class Flood {
  readonly limit: AdaptiveLimit;
  now = 0;
  answers = 0;
  /** The one that ends first comes first. */
  readonly #open: { readonly began: number; readonly due: number }[] = [];

  constructor(limit: AdaptiveLimit) {
    this.limit = limit;
  }

  run(ms: number, station: Station, lagMs = 0): void {
    const end = this.now + ms;
    for (;;) {
      while (this.#open.length < this.limit.limit) {
        const due = this.now + station(this.#open.length + 1);
        this.#open.splice(this.#open.findLastIndex((one) => one.due <= due) + 1, 0, { began: this.now, due });
        this.limit.started(this.#open.length);
      }
      const [next] = this.#open;
      if (!next || next.due > end) break;
      this.now = next.due;
      this.#open.shift();
      this.answers += 1;
      if (this.limit.ended(this.now, this.now - next.began, false)) this.limit.lagged(lagMs);
    }
    this.now = end;
  }

  /** Answers a second in so many ms. */
  rate(ms: number, station: Station): number {
    const before = this.answers;
    this.run(ms, station);
    return ((this.answers - before) * 1_000) / ms;
  }
}

const bounds = fc
  .tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 300 }))
  .map(([least, more]) => ({ least, most: least + more }));

describe("the limit", () => {
  it("is a whole number from the least to the most, whatever it is told", () => {
    const step = fc.oneof(
      fc.record({ did: fc.constant("started" as const), running: fc.integer({ min: 1, max: 1_000 }) }),
      fc.record({
        did: fc.constant("ended" as const),
        after: fc.double({ min: 0, max: 500, noNaN: true }),
        ms: fc.double({ min: 0, max: 1e7, noNaN: true }),
        failed: fc.boolean(),
        times: fc.integer({ min: 1, max: 100 }),
      }),
      fc.record({ did: fc.constant("lagged" as const), ms: fc.double({ min: 0, max: 1e6, noNaN: true }) }),
    );
    fc.assert(
      fc.property(bounds, fc.array(step, { maxLength: 200 }), (given, steps) => {
        const limit = new AdaptiveLimit(given);
        let now = 0;
        const check = () => {
          expect(Number.isInteger(limit.limit)).toBe(true);
          expect(limit.limit).toBeGreaterThanOrEqual(given.least);
          expect(limit.limit).toBeLessThanOrEqual(given.most);
        };
        check();
        for (const one of steps) {
          if (one.did === "started") limit.started(one.running);
          else if (one.did === "lagged") limit.lagged(one.ms);
          else
            for (let i = 0; i < one.times; i += 1) {
              now += one.after;
              limit.ended(now, one.ms, one.failed);
              check();
            }
          check();
        }
      }),
    );
  });

  it("finds where a handler begins to get slower, from wherever it starts, and answers nearly as much as is possible there", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 60 }),
        fc.integer({ min: 2, max: 30 }),
        fc.integer({ min: 61, max: 200 }),
        (knee, aloneMs, most) => {
          const station = degrading(knee, aloneMs);
          const flood = new Flood(new AdaptiveLimit({ least: 4, most }));
          flood.run(60_000, station);
          const rate = flood.rate(30_000, station);
          const best = (knee * 1_000) / aloneMs;
          expect(rate).toBeGreaterThan(0.7 * best);
        },
      ),
      { numRuns: 6 },
    );
  });

  it("goes down when the handler degrades, and up again when it has recovered", () => {
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 90 }), fc.integer({ min: 2, max: 30 }), (knee, aloneMs) => {
        const [well, ill] = [degrading(knee, aloneMs), degrading(5, aloneMs)];
        const flood = new Flood(new AdaptiveLimit({ least: 4, most: 100 }));
        flood.run(30_000, well);
        const before = flood.limit.limit;
        flood.run(60_000, ill);
        const during = flood.limit.limit;
        flood.run(30_000, well);
        const after = flood.limit.limit;
        expect(before).toBeGreaterThan(knee * 0.5);
        expect(during).toBeLessThanOrEqual(10);
        expect(after).toBeGreaterThan(knee * 0.5);
      }),
      // Both failed once: requests got slower within a window, or right after one that was too slow already.
      {
        numRuns: 6,
        examples: [
          [70, 24],
          [58, 11],
        ],
      },
    );
  });

  it("rises to the most where no number of requests makes them slower", () => {
    const flood = new Flood(new AdaptiveLimit({ least: 1, most: 200 }));
    flood.run(30_000, () => 20);
    expect(flood.limit.limit).toBe(200);
  });

  it("does not shrink for what takes no time worth speaking of", () => {
    const flood = new Flood(new AdaptiveLimit({ least: 1, most: 50 }));
    flood.run(5_000, (running) => running * 0.02);
    expect(flood.limit.limit).toBe(50);
  });

  it("comes back when requests have got slower for a reason of their own", () => {
    const flood = new Flood(new AdaptiveLimit({ least: 4, most: 100 }));
    flood.run(30_000, () => 10);
    expect(flood.limit.limit).toBe(100);
    flood.run(60_000, () => 100);
    expect(flood.limit.limit).toBe(100);
  });

  it("loses few answers to a lasting shift, however long requests take from then on", () => {
    for (const [before, then] of [
      [5, 50],
      [20, 200],
      [5, 500],
    ] as const) {
      const flood = new Flood(new AdaptiveLimit({ least: 4, most: 100 }));
      flood.run(20_000, () => before);
      flood.run(10_000, () => then);
      const ideal = 100_000 / then;
      expect(flood.rate(10_000, () => then)).toBeGreaterThan(0.9 * ideal);
      expect(flood.rate(60_000, () => then)).toBeGreaterThan(0.9 * ideal);
    }
  });

  it("loses few answers where it has come down to the least before requests got slower", () => {
    const flood = new Flood(new AdaptiveLimit({ least: 4, most: 100 }));
    flood.run(20_000, degrading(4, 5));
    expect(flood.limit.limit).toBeLessThan(10);
    flood.run(20_000, () => 500);
    expect(flood.rate(10_000, () => 500)).toBeGreaterThan(150);
  });

  it("stays where it is while less than half of it is used, however slow requests are", () => {
    const limit = new AdaptiveLimit({ least: 4, most: 100 });
    const before = limit.limit;
    for (let i = 1; i <= 10_000; i += 1) {
      limit.started(1 + (i % 3));
      limit.ended(i * 10, i, false);
    }
    expect(limit.limit).toBe(before);
  });

  it("goes down to the least while the event loop is late, and not for one late turn", () => {
    const flood = new Flood(new AdaptiveLimit({ least: 4, most: 100 }));
    flood.run(30_000, () => 10);
    expect(flood.limit.limit).toBe(100);
    flood.limit.lagged(10_000);
    flood.run(150, () => 10);
    expect(flood.limit.limit).toBe(100);
    flood.run(10_000, () => 10, 200);
    expect(flood.limit.limit).toBe(4);
  });

  it("takes no fast failure for room, and a slow one for none", () => {
    const flood = new Flood(new AdaptiveLimit({ least: 4, most: 100 }));
    flood.run(30_000, () => 10);
    const { limit, now } = flood;
    const ends: boolean[] = [];
    for (let i = 1; i <= 1_000; i += 1) ends.push(limit.ended(now + i, 0.1, true));
    expect(ends).not.toContain(true);
    for (let i = 0; i < 2_000; i += 1) {
      limit.started(100);
      limit.ended(now + 1_000 + i, i % 2 === 0 ? 10 : 1_000, i % 2 === 1);
    }
    expect(limit.limit).toBe(50);
  });
});
