/** The troubles of a registration, by what its public status says. */
import { describe, expect, it } from "vitest";
import { type StatusFacts, troublesOfStatus } from "../../src/troubles/judged-status.js";
import { toneOf } from "../../src/troubles/tone.js";
import {
  noSigns,
  type TroubleSigns,
  troubleRanks,
  troubleSays,
  troubles,
} from "../../src/troubles/troubles.js";

const now = 10_000_000;
const minute = 60_000;

type Given = Partial<Omit<StatusFacts, "signs">> & { readonly signs?: Partial<TroubleSigns> };

const statusOf = ({ signs, ...facts }: Given): StatusFacts => ({
  state: "streaming",
  child: "serving",
  tags: ["ready", "registered"],
  since: now - 60 * minute,
  stopReason: null,
  advice: null,
  unexpectedEvents: 0,
  ...facts,
  signs: { ...noSigns, ...signs },
});

const waiting = { state: "backoff", child: "transient", tags: ["backingOff"], since: now };

const cases: Readonly<Record<string, Given>> = {
  flapping: { signs: { lossTimes: [now - 4 * minute, now - 3 * minute, now - minute] } },
  "gave up": { state: "stopped", child: null, tags: [], stopReason: "failed" },
  refused: { ...waiting, child: "refused" },
  "back-off at its cap": { ...waiting, signs: { waitsLongest: true } },
  "credentials failing": { signs: { credentials: "failing" } },
  "not serving": {
    state: "connecting",
    child: null,
    tags: [],
    since: now,
    signs: { notServingSince: now - minute, losses: 1 },
  },
  "renewal failing": { signs: { credentials: "late" } },
  "credentials not saved": { signs: { unsavedCode: "ENOSPC" } },
  "nearly deaf": { signs: { isDoubted: true } },
  "handler blocks the loop": { signs: { blockedAt: now - 4 * minute } },
  "queue full": { signs: { queueFullAt: now - 30_000 } },
  "messages too large": { signs: { oversizedAt: now - minute } },
  "approved without credentials": {
    child: "pendingApproval",
    tags: ["joining"],
    since: now - 20_000,
  },
  "pending for long": { child: "pendingApproval", tags: ["joining", "waitsForPerson"], advice: "approval" },
  "stray events": { unexpectedEvents: 1 },
};

describe("troubles", () => {
  it("have a case here each, a rank and words", () => {
    const names = troubles.map(({ name }) => name);
    expect(Object.keys(cases)).toEqual(names);
    expect([...troubleRanks.keys()]).toEqual(names);
    expect([...troubleSays.keys()]).toEqual(names);
  });

  it.each(Object.entries(cases))("%s", (name, given) => {
    expect(troublesOfStatus(statusOf(given), now)).toEqual([name]);
  });

  it.each<[string, Given]>([
    ["serves", {}],
    ["lost its link long ago", { signs: { lossTimes: [1, 2, now - minute] } }],
    ["blocked long ago", { signs: { blockedAt: now - 6 * minute, queueFullAt: now - 2 * minute } }],
    ["was stopped on purpose", { state: "stopped", child: null, tags: [], stopReason: "removed" }],
    [
      "lost its link a moment ago",
      { ...waiting, since: now - 10_000, signs: { notServingSince: now - 10_000, losses: 1 } },
    ],
    [
      "was stopped long ago",
      {
        state: "stopped",
        child: null,
        tags: [],
        stopReason: "shutdown",
        signs: { notServingSince: now - 60 * minute },
      },
    ],
    ["was paused", { state: "paused", child: null, tags: [] }],
    ["waits for the next try at its cap no more", { signs: { waitsLongest: true } }],
  ])("are none where it %s", (_, given) => {
    expect(troublesOfStatus(statusOf(given), now)).toEqual([]);
  });

  it("an outage is named beside what is known more exactly of it, and behind that", () => {
    const signs = { notServingSince: now - 60 * minute, waitsLongest: true };
    expect(troublesOfStatus(statusOf({ ...waiting, child: "refused", signs }), now)).toEqual([
      "refused",
      "back-off at its cap",
      "not serving",
    ]);
  });

  it("a registration that is set aside after faults gave up", () => {
    expect(troublesOfStatus(statusOf({ state: "parked", child: null, tags: [] }), now)).toEqual(["gave up"]);
  });
});

it("a tone is the state's, before its tags", () => {
  const tone = (state: string, ...tags: readonly string[]) => toneOf(new Set(tags), state);
  expect(tone("stopped", "draining")).toBe("off");
  expect(tone("streaming", "ready", "draining")).toBe("drain");
  expect(tone("streaming", "ready")).toBe("good");
  expect(tone("streaming", "joining", "waitsForPerson")).toBe("wait");
  expect(tone("backoff", "backingOff")).toBe("bad");
  expect(tone("connecting")).toBe("warm");
});
