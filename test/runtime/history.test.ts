import { createRuntime } from "mooring";
import { describe, expect, it, onTestFinished } from "vitest";
import { historyLines } from "../../src/runtime/history.js";
import type { JournalEntry } from "../../src/runtime/journal.js";

const at = Date.UTC(2026, 0, 1);
const time = (second: number) => new Date(at + second * 1_000).toISOString();

const move = (second: number, from: string, state: string, cause?: string): JournalEntry => ({
  at: at + second * 1_000,
  kind: "transition",
  from,
  state,
  ...(cause ? { cause } : {}),
});

/** `times` failed tries, two seconds apart. */
const tries = (times: number, begin = 0): JournalEntry[] =>
  Array.from({ length: times }, (_, i) => [
    move(begin + 2 * i, "connecting", "backoff.transient", "unreachable"),
    move(begin + 2 * i + 1, "backoff.transient", "connecting"),
  ]).flat();

const other = (n: number): JournalEntry => ({ at: at + n * 1_000, kind: "note", state: `state${n}` });

describe("how a registration got where it is", () => {
  it("tells what repeats once, with how often and in what time", () => {
    expect(historyLines(tries(12), false)).toEqual([
      `  ${time(0)}  connecting → backoff.transient  unreachable`,
      `  ${time(1)}  backoff.transient → connecting`,
      "  these 2 lines: 12 × in 23 s",
    ]);
  });

  it("does so for one line, for a longer cycle, and for what comes before and after", () => {
    const note = (n: number): JournalEntry => ({ ...other(n), state: "streaming.serving" });
    const cycle = (n: number) => ["a", "b", "c"].map((state, i) => move(3 * n + i, "x", state));
    expect(historyLines([note(1), note(2), note(3)], true)).toEqual([
      `  ${time(1)}  note in streaming.serving`,
      "  this: 3 × in 2 s",
    ]);
    expect(historyLines([other(0), ...cycle(1), ...cycle(2), move(9, "x", "a"), other(10)], true)).toEqual([
      `  ${time(0)}  note in state0`,
      `  ${time(3)}  x → a`,
      `  ${time(4)}  x → b`,
      `  ${time(5)}  x → c`,
      "  these 3 lines: 2 × in 5 s",
      `  ${time(9)}  x → a`,
      `  ${time(10)}  note in state10`,
    ]);
  });

  it("shows the newest lines, with how many are older and how to see them", () => {
    const journal = Array.from({ length: 37 }, (_, n) => other(n));
    const lines = historyLines(journal, false);
    expect(lines).toHaveLength(7);
    expect(lines[0]).toBe("  … 31 older: --all shows them");
    expect(lines.at(-1)).toContain("state36");
    expect(historyLines(journal, true)).toHaveLength(37);
    expect(historyLines([...Array.from({ length: 8 }, (_, n) => other(n)), ...tries(9, 20)], false)).toEqual([
      "  … 5 older: --all shows them",
      ...[5, 6, 7].map((n) => `  ${time(n)}  note in state${n}`),
      `  ${time(20)}  connecting → backoff.transient  unreachable`,
      `  ${time(21)}  backoff.transient → connecting`,
      "  these 2 lines: 9 × in 17 s",
    ]);
  });

  it("says of an option of explain() that is none which was meant", () => {
    const runtime = createRuntime({ env: {} });
    onTestFinished(() => runtime.close());
    expect(() => runtime.explain("a.b.c", { al: true } as never)).toThrow('did you mean "all"?');
  });
});
