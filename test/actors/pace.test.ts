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
