import { describe, expect, it } from "vitest";
import { Pending } from "../../src/recording/pending.js";

describe("what is pending", () => {
  it("is given to the innermost step first, each its own", () => {
    const pending = new Pending<string>();
    pending.add("outer, before");
    const inner = pending.size;
    pending.add("inner");
    expect(pending.cut(inner)).toEqual(["inner"]);
    pending.add("outer, after");
    expect(pending.cut(0)).toEqual(["outer, before", "outer, after"]);
    expect(pending.size).toBe(0);
  });

  it("costs no list where nothing came", () => {
    const pending = new Pending<string>();
    expect(pending.cut(0)).toBe(pending.cut(0));
    expect(pending.cut(0)).toEqual([]);
  });

  it("is no longer there when it was given", () => {
    const pending = new Pending<string>();
    pending.add("first");
    const first = pending.cut(0);
    pending.add("second");
    expect(first).toEqual(["first"]);
    expect(pending.cut(0)).toEqual(["second"]);
  });
});
