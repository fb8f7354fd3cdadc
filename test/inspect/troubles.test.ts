/** The troubles that the inspector's page names, each by what the feed tells of a registration. */
import { describe, expect, it } from "vitest";
import { Adapter, type Listener } from "../../inspector/feed/adapter.js";
import type { Figures } from "../../inspector/feed/told.js";
import { everything, listed } from "../../inspector/fleet/order.js";
import { LiveRow, noFigures } from "../../inspector/fleet/row.js";
import { Strips } from "../../inspector/fleet/strips.js";
import { Tally } from "../../inspector/fleet/tally.js";
import { troublesOf } from "../../inspector/fleet/troubles.js";
import { figuresOf } from "../../src/inspect/figures.js";
import type { WatchedStatus } from "../../src/inspect/source.js";
import { type TroubleSigns, troubles } from "../../src/troubles/troubles.js";
import { statusOf } from "./page-crowd.js";

const now = 10_000_000;
const minute = 60_000;
const key = "acme.shell.one";

interface Given {
  readonly row: Partial<LiveRow>;
  readonly status?: Partial<WatchedStatus>;
  readonly signs?: Partial<TroubleSigns>;
}

const rowOf = (name: string, more: Partial<LiveRow>): LiveRow =>
  Object.assign(new LiveRow(name, new Strips()), more);

/** What the page makes of the figures that the feed makes of a status. */
function toldOf(status: WatchedStatus): Figures {
  const told: Figures[] = [];
  const listener = { begin: () => {}, figures: (_key: string, figures: Figures) => told.push(figures) };
  const adapter = new Adapter(listener as unknown as Listener);
  adapter.take({ what: "fleet", came: [[0, key, null]] });
  adapter.take({ what: "figures", rows: [[0, ...figuresOf(status)] as never] });
  return told[0] ?? noFigures;
}

function troublesIn({ row, status, signs }: Given): readonly string[] {
  const plain = statusOf(key);
  const figures = toldOf({ ...plain, ...status, signs: { ...plain.signs, ...signs } });
  return troublesOf({ ...rowOf(key, row), figures }, now);
}

const good = { state: "streaming.serving", tone: "good", since: now - 60 * minute } as const;

const cases: Readonly<Record<string, Given>> = {
  flapping: { row: good, signs: { lossTimes: [now - 4 * minute, now - 3 * minute, now - minute] } },
  "gave up": { row: { state: "stopped", tone: "off" }, status: { state: "stopped", stopReason: "failed" } },
  refused: { row: { state: "backoff.refused", tone: "bad", since: now } },
  "back-off at its cap": {
    row: { state: "backoff.transient", tone: "bad", since: now },
    signs: { waitsLongest: true },
  },
  "credentials failing": { row: good, signs: { credentials: "failing" } },
  "renewal failing": { row: good, signs: { credentials: "late" } },
  "nearly deaf": { row: good, signs: { isDoubted: true } },
  "handler blocks the loop": { row: good, signs: { blockedAt: now - minute } },
  "credentials not saved": { row: good, signs: { unsavedCode: "ENOSPC" } },
  "messages too large": { row: good, signs: { oversizedAt: now - minute } },
  "queue full": { row: good, signs: { queueFullAt: now - 1_000 } },
  "approved without credentials": {
    row: { state: "streaming.pendingApproval", tone: "wait", since: now - 20_000 },
    status: { advice: "credentialsDue" },
  },
  "pending for long": {
    row: { state: "streaming.pendingApproval", tone: "wait", since: now - 6 * minute },
  },
  "not connected for long": { row: { state: "connecting", tone: "warm", since: now - 3 * minute } },
  "stray events": { row: good, status: { unexpectedEvents: 2 } },
};

describe("troubles", () => {
  it("have a case here each", () => {
    expect(Object.keys(cases).sort()).toEqual(troubles.map(({ name }) => name).sort());
  });

  it.each(Object.entries(cases))("%s", (name, given) => {
    expect(troublesIn(given)).toEqual([name]);
  });

  it.each<[string, Given]>([
    ["serves", { row: good }],
    ["lost its link long ago", { row: good, signs: { lossTimes: [1, 2, now - minute] } }],
    ["was full long ago", { row: good, signs: { queueFullAt: 1, blockedAt: 1 } }],
    [
      "was approved a moment ago",
      {
        row: { state: "streaming.pendingApproval", tone: "wait", since: now },
        status: { advice: "credentialsDue" },
      },
    ],
    [
      "was stopped on purpose",
      { row: { state: "stopped", tone: "off" }, status: { state: "stopped", stopReason: "shutdown" } },
    ],
    ["began a moment ago", { row: { state: "connecting", tone: "warm", since: now } }],
  ])("are none where it %s", (_, given) => {
    expect(troublesIn(given)).toEqual([]);
  });
});

describe("the order of the list", () => {
  const row = (name: string, more: Partial<LiveRow>) => rowOf(`t.c.${name}`, more);
  const rows = [
    row("fine", { tone: "good", since: 1, losses: 1, figures: { ...noFigures, failed: 3, roundTripMs: 8 } }),
    row("younger", { tone: "bad", since: 9, losses: 5, figures: { ...noFigures, roundTripMs: 90 } }),
    row("older", { tone: "bad", since: 3 }),
    row("flaps", { tone: "good", since: 20, losses: 3, troubles: ["flapping"] }),
    row("pending", { tone: "wait", since: 5, troubles: ["pending for long"] }),
  ];
  const names = (order: Parameters<typeof listed>[2], wanted = everything) =>
    listed(rows, wanted, order).map(({ key: name }) => name.slice("t.c.".length));

  it("puts what flaps and the oldest trouble first", () => {
    expect(names("trouble")).toEqual(["flaps", "pending", "older", "younger", "fine"]);
  });

  it("goes by age, lost links, errors, round trip or name when asked", () => {
    expect(names("age")).toEqual(["fine", "older", "pending", "younger", "flaps"]);
    expect(names("losses").slice(0, 3)).toEqual(["younger", "flaps", "fine"]);
    expect(names("errors")[0]).toBe("fine");
    expect(names("roundTrip").slice(0, 3)).toEqual(["younger", "fine", "flaps"]);
    expect(names("name")).toEqual(["fine", "flaps", "older", "pending", "younger"]);
  });

  it("narrows by words and by a trouble", () => {
    expect(names("name", { ...everything, words: " OLD " })).toEqual(["older"]);
    expect(names("name", { ...everything, trouble: "flapping" })).toEqual(["flaps"]);
  });
});

it("a tally follows each change, and forgets what nobody has any more", () => {
  const tally = new Tally();
  for (const value of ["b", "a", "b"]) tally.move(undefined, value);
  tally.move("a", "c");
  tally.move("c", "c");
  tally.move("b", undefined);
  expect(tally.entries()).toEqual([
    ["b", 1],
    ["c", 1],
  ]);
});
