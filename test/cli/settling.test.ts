import { describe, expect, it } from "vitest";
import { Settling } from "../../src/cli/watch/settling.js";

/** A clock that goes when it is told to, and actions that end when they are told to. */
function rig() {
  const due = new Map<number, { at: number; run: () => void }>();
  let now = 0;
  let next = 0;
  const ends: (() => void)[] = [];
  const settling = new Settling({
    quietMs: 100,
    act: () => new Promise((resolve) => ends.push(resolve)),
    timers: {
      after: (ms, run) => {
        next += 1;
        const id = next;
        due.set(id, { at: now + ms, run });
        return () => due.delete(id);
      },
    },
  });
  const pass = (ms: number) => {
    now += ms;
    for (const [id, { at, run }] of due)
      if (at <= now) {
        due.delete(id);
        run();
      }
  };
  const end = async () => {
    ends.at(-1)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { settling, pass, end, acted: () => ends.length, waiting: () => due.size };
}

describe("Settling", () => {
  it("acts once for a burst, when it has been quiet for long enough", () => {
    const { settling, pass, acted } = rig();
    for (let i = 0; i < 20; i += 1) {
      settling.changed();
      pass(99);
    }
    expect(acted()).toBe(0);
    pass(1);
    expect(acted()).toBe(1);
    pass(10_000);
    expect(acted()).toBe(1);
  });

  it("acts once more for what changes meanwhile, and never twice at a time", async () => {
    const { settling, pass, end, acted, waiting } = rig();
    settling.changed();
    pass(100);
    for (let i = 0; i < 5; i += 1) {
      settling.changed();
      pass(1_000);
    }
    expect(acted()).toBe(1);
    await end();
    expect(waiting()).toBe(1);
    pass(100);
    expect(acted()).toBe(2);
    await end();
    expect(waiting()).toBe(0);
    settling.changed();
    pass(100);
    expect(acted()).toBe(3);
  });

  it("does nothing once it is closed, neither at a change nor after what is being done", async () => {
    const { settling, pass, end, acted, waiting } = rig();
    settling.changed();
    pass(100);
    settling.changed();
    settling.close();
    await end();
    settling.changed();
    expect(waiting()).toBe(0);
    expect(acted()).toBe(1);
  });

  it("calls off what was due when it is closed", () => {
    const { settling, pass, acted } = rig();
    settling.changed();
    settling.close();
    pass(100);
    expect(acted()).toBe(0);
  });
});
