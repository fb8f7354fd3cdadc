import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { TurnoverMap } from "../../src/execution/turnover-map.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as (options?: { type: "minor" }) => void;

const oldGeneration = () =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === "old_space")?.space_used_size ?? 0;

describe("a map for what comes and goes", () => {
  it("keeps what is left, in order, through any number of removals", () => {
    const map = new TurnoverMap<number, string>();
    const model = new Map<number, string>();
    for (let i = 0; i < 5_000; i += 1) {
      map.set(i, `${i}`);
      model.set(i, `${i}`);
      // Most leave soon and from the front, some late or never.
      const gone = i % 3 === 0 ? i - 40 : i - 7;
      map.delete(gone);
      model.delete(gone);
      map.delete(gone);
    }
    expect([...map.keys()]).toEqual([...model.keys()]);
    expect([...map.values()]).toEqual([...model.values()]);
    expect(map.size).toBe(model.size);
    expect(map.get(4_999)).toBe("4999");
    expect(map.has(0)).toBe(false);
  });

  it("lets entries be deleted while somebody iterates", () => {
    const map = new TurnoverMap<number, number>();
    for (let i = 0; i < 2_000; i += 1) map.set(i, i);
    const seen: number[] = [];
    for (const value of map.values()) {
      seen.push(value);
      map.delete(value);
    }
    expect(seen).toEqual(Array.from({ length: 2_000 }, (_, i) => i));
    expect(map.size).toBe(0);
  });

  it("lets go of many at once, and keeps the others in order", () => {
    const map = new TurnoverMap<number, number>();
    for (let i = 0; i < 600; i += 1) map.set(i, i);
    map.delete(0);
    map.sweep(() => true);
    expect(map.size).toBe(599);
    map.sweep((value) => value % 3 === 2);
    expect([...map.keys()]).toEqual(Array.from({ length: 200 }, (_, i) => 3 * i + 2));
    map.sweep(() => false);
    expect(map.size).toBe(0);
  });

  it("leaves what has gone to the young generation's collections", () => {
    const map = new TurnoverMap<number, readonly number[]>();
    const turnOver = (from: number) => {
      for (let i = from; i < from + 20_000; i += 1) {
        map.set(i, [i, i, i, i]);
        map.delete(i - 300);
      }
    };
    turnOver(0);
    collect();
    const before = oldGeneration();
    for (let round = 1; round <= 10; round += 1) {
      turnOver(round * 20_000);
      collect({ type: "minor" });
    }
    expect(oldGeneration() - before).toBeLessThan(2 * 1024 * 1024);
  });
});
