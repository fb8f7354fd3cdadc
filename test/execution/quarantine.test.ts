import { expect, it } from "vitest";
import { Quarantine } from "../../src/execution/quarantine.js";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it("gives the turn to one at a time, in the order in which they asked, and not at once", async () => {
  const quarantine = new Quarantine();
  const turns: string[] = [];
  const one = (name: string) => ({ turn: () => void turns.push(name) });
  const [a, b, c, d] = ["a", "b", "c", "d"].map(one);
  if (!a || !b || !c || !d) throw new Error("four were made");
  expect([a, b, c, d].map((each) => quarantine.ask(each))).toEqual([true, false, false, false]);
  // It is removed while it waits.
  quarantine.leave(c);
  quarantine.leave(a);
  expect(quarantine.ask(a)).toBe(false);
  expect(turns).toEqual([]);
  await nextTurn();
  expect(turns).toEqual(["b"]);
  quarantine.leave(b);
  await nextTurn();
  quarantine.leave(d);
  await nextTurn();
  expect(turns).toEqual(["b", "d", "a"]);
  quarantine.leave(a);
  await nextTurn();
  expect(quarantine.ask(c)).toBe(true);
});

it("gives the turn on once, also to one that asks again and leaves before its turn was given on", async () => {
  const quarantine = new Quarantine();
  const turns: string[] = [];
  const one = (name: string) => ({ turn: () => void turns.push(name) });
  const [a, b, c] = [one("a"), one("b"), one("c")];
  expect([a, b, c].map((each) => quarantine.ask(each))).toEqual([true, false, false]);
  quarantine.leave(a);
  quarantine.ask(a);
  quarantine.leave(a);
  await nextTurn();
  await nextTurn();
  expect(turns).toEqual(["b"]);
});
