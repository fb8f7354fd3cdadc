import { describe, expect, it } from "vitest";
import { StepNotes } from "../../src/recording/step-notes.js";

const emit = (name: string) => ["xstate.emit", { event: { type: name } }] as const;

describe("what is heard of steps", () => {
  it("is of the innermost step, and its own", () => {
    const outer = new StepNotes(null);
    outer.acts(...emit("before"));
    outer.inner.acts(...emit("within"));
    outer.inner.drawn.add(0.5);
    outer.acts(...emit("after"));
    expect(outer.inner.sent.takeAll()).toEqual([{ emits: { type: "within" } }]);
    expect(outer.sent.takeAll()).toEqual([{ emits: { type: "before" } }, { emits: { type: "after" } }]);
    expect(outer.drawn.takeAll()).toEqual([]);
    expect(outer.inner.outer).toBe(outer);
  });

  it("is no longer there for the next step of the same depth", () => {
    const notes = new StepNotes(null);
    notes.acts(...emit("one"));
    notes.asked.add(["isReady", true]);
    notes.drawn.add(0.25);
    notes.takes([{} as never]);
    notes.forget();
    expect([notes.sent, notes.asked, notes.drawn].map((one) => one.takeAll())).toEqual([[], [], []]);
    expect(notes.takeTaken()).toEqual([]);
  });
});
