import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { backoffDelay, refusedDelay, timerMs, withHint } from "../../machines/backoff.js";

const zero = () => 0;
const one = () => 1;

describe("backoffDelay", () => {
  it("[T12.7 #5] is at its maximum after twenty-one tries, without jitter", () => {
    expect(backoffDelay({ baseMs: 100, maxMs: 5_000, jitterMs: 0 }, 21, () => 1)).toBe(5_000);
  });

  it("[C14 #19] [C16 #9 #10 #60] [T12.5 #1] never exceeds its maximum, jitter included", () => {
    const policy = { baseMs: 500, maxMs: 1_000, jitterMs: 10_000 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, x) => {
          const delay = backoffDelay(policy, attempt, () => x);
          expect(delay).toBeGreaterThanOrEqual(500);
          expect(delay).toBeLessThanOrEqual(1_000);
        },
      ),
      { numRuns: 2_048 },
    );
  });

  it("[C16 #9] [T12.5 #2] doubles up to the maximum without jitter", () => {
    const policy = { baseMs: 500, maxMs: 1_000, jitterMs: 0 };
    expect([1, 2, 8].map((attempt) => backoffDelay(policy, attempt, one))).toEqual([500, 1_000, 1_000]);
    const usual = { ...policy, maxMs: 60_000 };
    expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => backoffDelay(usual, attempt, one))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
    ]);
  });

  it("[C16 #10 #60] [T12.5 #3] does not overflow with a huge base and jitter", () => {
    const policy = { baseMs: Number.MAX_SAFE_INTEGER, maxMs: 60_000, jitterMs: Number.MAX_SAFE_INTEGER };
    for (let attempt = 1; attempt <= 128; attempt += 1) {
      expect(backoffDelay(policy, attempt, one)).toBe(60_000);
    }
  });

  it("adds the jitter before the maximum is applied", () => {
    expect(backoffDelay({ baseMs: 500, maxMs: 60_000, jitterMs: 300 }, 1, () => 0.5)).toBe(650);
  });

  it("gives a delay that a timer takes, whatever it is given", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.double(), fc.double(), fc.double(), (a, b, c, attempt, x) => {
        const delay = backoffDelay({ baseMs: a, maxMs: b, jitterMs: c }, attempt, () => x);
        expect(delay).toBe(timerMs(delay));
        expect(delay).toBeLessThanOrEqual(Math.max(0, timerMs(b)));
      }),
    );
  });
});

describe("the other delays", () => {
  it("spread the slow pace by jitter", () => {
    expect(refusedDelay(30_000, 500, zero)).toBe(30_000);
    expect(refusedDelay(30_000, 500, one)).toBe(30_500);
  });

  it("honour a peer's hint as a floor, up to an hour", () => {
    expect(withHint(500, undefined)).toBe(500);
    expect(withHint(500, 100)).toBe(500);
    expect(withHint(500, 9_000)).toBe(9_000);
    expect(withHint(500, 1e12)).toBe(3_600_000);
    expect(withHint(500, Number.NaN)).toBe(500);
  });
});
