import { expect, it } from "vitest";
import { Pending } from "../../src/recording/pending.js";

it("gives what came, in its order, and begins again", () => {
  const pending = new Pending<string>();
  for (const item of ["a", "b", "c"]) pending.add(item);
  expect(pending.takeAll()).toEqual(["a", "b", "c"]);
  pending.add("d");
  expect(pending.takeAll()).toEqual(["d"]);
});

it("gives nothing when nothing came, without a list for it", () => {
  const pending = new Pending<string>();
  expect(pending.takeAll()).toEqual([]);
  expect(pending.takeAll()).toBe(pending.takeAll());
});

it("leaves the lists that it gave alone", () => {
  const pending = new Pending<string>();
  pending.add("a");
  const given = pending.takeAll();
  pending.add("b");
  expect(given).toEqual(["a"]);
});
