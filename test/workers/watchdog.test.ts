import { describe, expect, it } from "vitest";
import { pastSilenceInWords, silenceInWords } from "../../src/workers/silence-words.js";
import { quietLooksFor, Watchdog } from "../../src/workers/watchdog.js";

const crunch = { registration: "t.math.a", handler: "crunch" };

describe("the watchdog of a worker thread", () => {
  it.each([
    [45_000, 5],
    [5_000, 5],
    [3_200, 4],
    [2_000, 3],
    [100, 3],
  ])("is missed within the heartbeat's bound: %d ms → %d looks", (timeoutMs, looks) => {
    expect(quietLooksFor(timeoutMs)).toBe(looks);
  });

  it("falls silent once, grows more silent with each look, and says what it was when it is heard", () => {
    let holder = { name: crunch, forMs: 1_900 };
    const watchdog = new Watchdog(2, () => holder);
    watchdog.loaded();
    expect([watchdog.look(), watchdog.silence]).toEqual([false, undefined]);
    expect(watchdog.heard()).toBeUndefined();
    expect([watchdog.look(), watchdog.look()]).toEqual([false, true]);
    expect(watchdog.silence).toEqual({ name: "silent", forMs: 2_000, holder });
    holder = { name: crunch, forMs: 40_100 };
    for (let i = 0; i < 39; i += 1) expect(watchdog.look()).toBe(false);
    const past = watchdog.heard();
    expect(past && pastSilenceInWords(1, past)).toBe(
      "worker 1 was blocked for 41 s by the handler `crunch` of t.math.a",
    );
    expect([watchdog.silence, watchdog.look()]).toEqual([undefined, false]);
  });

  it("accuses no thread that loads its module", () => {
    const watchdog = new Watchdog(2, () => undefined);
    for (let i = 0; i < 100; i += 1) expect(watchdog.look()).toBe(false);
    expect(watchdog.heard()).toBeUndefined();
    expect(watchdog.silence).toBeUndefined();
  });

  it("tells what runs, as far as it is known", () => {
    const silence = { forMs: 12_300, holder: undefined };
    expect(silenceInWords(2, silence, { name: crunch, forMs: 12_900 }, [])).toBe(
      "Worker 2 has not answered for 12 s. The handler `crunch` of t.math.a has run for 13 s without giving way.",
    );
    expect(silenceInWords(2, silence, undefined, [])).toBe(
      "Worker 2 has not answered for 12 s. No handler is under way: other code of its thread runs.",
    );
    const many = Array.from({ length: 7 }, (_, i) => ({ registration: `t.x.${i}`, handler: "go" }));
    expect(silenceInWords(2, silence, undefined, many)).toContain("`go` of t.x.4 and 2 more)");
    expect(pastSilenceInWords(2, silence)).toBe(
      "worker 2 was blocked for 12 s, by no handler's synchronous part",
    );
    expect(pastSilenceInWords(2, { ...silence, holder: { name: crunch, forMs: 2_000 } })).toBe(
      "worker 2 was blocked for 12 s, at last by the handler `crunch` of t.math.a",
    );
  });
});
