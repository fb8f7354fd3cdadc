import { describe, expect, it } from "vitest";
import type { Movement } from "../../machines/index.js";
import { Movements } from "../../src/actors/movements.js";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));
const added: Movement = { from: null, to: "connecting" };
const served: Movement = { from: "connecting", to: "serving" };
const left: Movement = { from: "serving", to: null };

describe("movements", () => {
  it("are told at once while they are few, and the others of the turn together, in order", async () => {
    const told: number[] = [];
    const seen: Movement[] = [];
    const movements = new Movements((some) => {
      told.push(some.length);
      seen.push(...some);
    });
    const all = Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? served : left));
    for (const one of all) movements.add(one);
    expect(told).toEqual(Array(4).fill(1));
    await nextTurn();
    expect(told.slice(4)).toEqual([36]);
    expect(seen).toEqual(all);
    await nextTurn();
    movements.add(served);
    expect(seen).toHaveLength(41);
  });

  it("of a storm are told once in a turn, until a turn is quiet", async () => {
    const told: number[] = [];
    const movements = new Movements((some) => told.push(some.length));
    for (let i = 0; i < 6; i += 1) movements.add(served);
    await nextTurn();
    for (let turn = 0; turn < 3; turn += 1) {
      movements.add(served);
      movements.add(left);
      await nextTurn();
    }
    expect(told).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    await nextTurn();
    movements.add(served);
    movements.add(left);
    expect(told.slice(8)).toEqual([1, 1]);
    await nextTurn();
    expect(process.getActiveResourcesInfo().filter((kind) => kind === "Immediate")).toEqual([]);
  });

  it("are told when asked for, however many, so that no end is seen too early", async () => {
    const seen: Movement[] = [];
    const movements = new Movements((some) => seen.push(...some));
    for (let i = 0; i < 100; i += 1) movements.add(served);
    movements.add(added);
    movements.flush();
    expect(seen.at(-1)).toBe(added);
    expect(seen).toHaveLength(101);
    movements.add(left);
    await nextTurn();
    expect(seen).toHaveLength(102);
    movements.flush();
    expect(seen).toHaveLength(102);
  });
});
