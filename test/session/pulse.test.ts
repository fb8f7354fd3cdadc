import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pulse } from "../../src/session/pulse.js";
import { Ticker } from "../../src/session/ticker.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** A pulse whose beats and late answers are written down with their time. */
function pulseOf(intervalMs = 30_000, suspectMs = 5_000) {
  const begun = Date.now();
  const now = () => Date.now() - begun;
  const heard: string[] = [];
  const ticker = new Ticker(intervalMs);
  const pulse = new Pulse(
    { ticker, suspectMs },
    { beat: () => heard.push(`${now()} beat`), late: (since) => heard.push(`${now()} late by ${since}`) },
    now,
  );
  return { pulse, heard, now };
}

/** Lets time pass to the first beat, and returns when it went out. */
function firstBeat(heard: readonly string[]): number {
  while (heard.length === 0) vi.advanceTimersByTime(1);
  return Number(heard[0]?.split(" ")[0]);
}

describe("a pulse", () => {
  it("[C16 #47] [T12.11 #8] neither beats nor waits before it is started", () => {
    const { pulse, heard } = pulseOf();
    expect(pulse.answered()).toBe(false);
    vi.advanceTimersByTime(600_000);
    expect(heard).toEqual([]);
  });

  it("[C14 #6 #23] [C16 #1 #63] [T12.5 #12] beats once an interval while answers come, first within one, and tells nobody", () => {
    const { pulse, heard } = pulseOf(5_000, 2_000);
    pulse.start();
    const first = firstBeat(heard);
    expect(first).toBeLessThanOrEqual(5_000);
    for (let round = 0; round < 3; round += 1) {
      expect(pulse.answered()).toBe(false);
      vi.advanceTimersByTime(5_000);
    }
    expect(heard).toEqual([0, 1, 2, 3].map((round) => `${first + round * 5_000} beat`));
    pulse.stop();
  });

  it("tells once when an answer is late, and beats no more until one comes", () => {
    const { pulse, heard } = pulseOf();
    pulse.start();
    const first = firstBeat(heard);
    vi.advanceTimersByTime(90_000);
    expect(heard).toEqual([`${first} beat`, `${first + 5_000} late by ${first + 5_000}`]);
    expect(pulse.answered()).toBe(true);
    vi.advanceTimersByTime(30_000);
    expect(heard.slice(2)).toEqual([`${first + 120_000} beat`]);
    pulse.stop();
  });

  it("[C16 #60 #61] [T12.5 #4] counts lateness from the last answer, whoever had asked for it", () => {
    const { pulse, heard, now } = pulseOf();
    pulse.start();
    const first = firstBeat(heard);
    vi.advanceTimersByTime(700);
    pulse.answered();
    const answeredAt = now();
    vi.advanceTimersByTime(35_000);
    const next = first + 30_000;
    expect(heard.slice(1)).toEqual([`${next} beat`, `${next + 5_000} late by ${next + 5_000 - answeredAt}`]);
    pulse.stop();
  });

  it("is over when it is stopped, in any state, and starts once", () => {
    const { pulse, heard } = pulseOf();
    pulse.start();
    pulse.start();
    firstBeat(heard);
    pulse.stop();
    vi.advanceTimersByTime(600_000);
    expect(heard).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
