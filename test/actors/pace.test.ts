import { describe, expect, it } from "vitest";
import { Pace } from "../../src/actors/pace.js";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Asks `count` times, and notes who may begin. */
function askers(pace: Pace, count: number, begun: number[], first = 0): void {
  for (let i = first; i < first + count; i += 1) {
    pace.begin(() => void begun.push(i));
  }
}

describe("a pace of three a turn", () => {
  it("lets three begin at once, and the others three a turn, in order", async () => {
    const pace = new Pace(3);
    const begun: number[] = [];
    askers(pace, 8, begun);
    const seen = [[...begun]];
    for (let turn = 0; turn < 2; turn += 1) {
      await nextTurn();
      seen.push([...begun]);
    }
    expect(seen).toEqual([
      [0, 1, 2],
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3, 4, 5, 6, 7],
    ]);
  });

  it("lets nobody overtake those who wait", async () => {
    const pace = new Pace(3);
    const begun: number[] = [];
    askers(pace, 7, begun);
    await nextTurn();
    askers(pace, 1, begun, 7);
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it("lets nobody begin in this turn who must not, and keeps their order too", async () => {
    const pace = new Pace(3);
    const begun: number[] = [];
    for (let i = 0; i < 4; i += 1) void pace.nextTurn().then(() => begun.push(i));
    await Promise.resolve();
    expect(begun).toEqual([]);
    await nextTurn();
    expect(begun).toEqual([0, 1, 2]);
    await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3]);
    for (let turn = 0; turn < 2; turn += 1) await nextTurn();
  });

  it("lets those begin who ask while others begin, after all who wait", async () => {
    const pace = new Pace(2);
    const begun: number[] = [];
    for (let i = 0; i < 5; i += 1)
      pace.begin(() => {
        begun.push(i);
        if (i === 2) pace.begin(() => void begun.push(9));
      });
    for (let turn = 0; turn < 4; turn += 1) await nextTurn();
    expect(begun).toEqual([0, 1, 2, 3, 4, 9]);
  });

  it("lets the others begin when one throws, and tells of that", async () => {
    const uncaught = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    const told: unknown[] = [];
    process.once("uncaughtException", (error) => told.push(error));
    try {
      const pace = new Pace(2);
      const begun: number[] = [];
      const failure = new Error("no");
      for (let i = 0; i < 6; i += 1)
        pace.begin(() => {
          if (i === 2) throw failure;
          begun.push(i);
        });
      for (let turn = 0; turn < 4; turn += 1) await nextTurn();
      expect(begun).toEqual([0, 1, 3, 4, 5]);
      expect(told).toEqual([failure]);
    } finally {
      for (const listener of uncaught) process.on("uncaughtException", listener);
    }
  });

  it("is as fresh as new after a quiet turn, and keeps no process alive then", async () => {
    const pace = new Pace(3);
    askers(pace, 3, []);
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    const begun: number[] = [];
    askers(pace, 4, begun);
    expect(begun).toEqual([0, 1, 2]);
    for (let turn = 0; turn < 4; turn += 1) await nextTurn();
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Immediate")).toEqual([]);
  });
});
