/** The troubles that the inspector's page names, each by what the feed tells of a registration. */
import { describe, expect, it } from "vitest";
import { Actors } from "../../inspector/feed/actors.js";
import type { Told } from "../../inspector/feed/told.js";
import { everything, listed } from "../../inspector/fleet/order.js";
import { newRow, type Row } from "../../inspector/fleet/row.js";
import { Tally } from "../../inspector/fleet/tally.js";
import { troublesOf } from "../../inspector/fleet/troubles.js";
import { defaultPolicy } from "../../machines/index.js";
import { troubles } from "../../src/troubles/troubles.js";

const now = 10_000_000;
const minute = 60_000;
const key = "acme.shell.one";

interface Given {
  readonly connection: unknown;
  readonly context?: object;
  readonly row?: Partial<Row>;
  /** A child's machine and the value of its state. */
  readonly child?: readonly [machine: string, value: unknown];
}

const actor = (
  id: string,
  name: string,
  machine: string,
  value: unknown,
  context = {},
  parentId?: string,
): Told => ({
  what: "actor",
  id,
  name,
  machine,
  parentId,
  state: { isLive: true, value, context: { policy: defaultPolicy, ...context } },
});

function troublesIn({ connection, context, row, child }: Given): readonly string[] {
  const actors = new Actors();
  actors.take(actor("s", "supervisor", "supervisor", { active: "running" }));
  actors.take(actor("p", "partition-1", "partition", "hosting", {}, "s"));
  actors.take(actor("r", `${key}~1`, "registration", { connection, intake: "accepting" }, context, "p"));
  if (child) actors.take(actor("c", child[0], child[0], child[1], {}, "r"));
  return troublesOf({ ...newRow(key), ...row }, actors.at(key), actors, now);
}

const streaming = (child: unknown) => ({ linked: { streaming: child } });
const serving = streaming("serving");
const good = { tone: "good", since: now - 60 * minute } as const;

const cases: Readonly<Record<string, Given>> = {
  flapping: {
    connection: serving,
    row: { ...good, lossTimes: [now - 4 * minute, now - 3 * minute, now - minute] },
  },
  "gave up": { connection: "stopped", context: { stopReason: "failed" }, row: { tone: "off" } },
  refused: { connection: { backoff: "refused" }, row: { tone: "bad", since: now } },
  "back-off at its cap": {
    connection: { backoff: "transient" },
    context: { backoffMs: 60_000 },
    row: { tone: "bad", since: now },
  },
  "credentials failing": { connection: serving, row: good, child: ["credentials", "unavailable"] },
  "renewal failing": { connection: serving, row: good, child: ["credentials", { renewing: "waiting" }] },
  "nearly deaf": { connection: serving, row: good, child: ["liveness", { doubtful: "suspect" }] },
  "approved without credentials": {
    connection: streaming({ pendingApproval: "approved" }),
    row: { tone: "wait", since: now - 20_000 },
  },
  "pending for long": {
    connection: streaming({ pendingApproval: "waiting" }),
    row: { tone: "wait", since: now - 6 * minute },
  },
  "not connected for long": {
    connection: { connecting: "preparing" },
    row: { tone: "warm", since: now - 3 * minute },
  },
  "stray events": { connection: serving, context: { strays: { unexpected: 2, stale: 0 } }, row: good },
};

/** What the feed does not tell of. */
const ofRequests: readonly string[] = ["handler blocks the loop", "queue full"];

describe("troubles", () => {
  it("have a case here each", () => {
    const told = troubles.map(({ name }) => name).filter((name) => !ofRequests.includes(name));
    expect(Object.keys(cases).sort()).toEqual(told.sort());
  });

  it.each(Object.entries(cases))("%s", (name, given) => {
    expect(troublesIn(given)).toEqual([name]);
  });

  it.each<[string, Given]>([
    ["serves", { connection: serving, row: good, child: ["credentials", "valid"] }],
    ["lost its link long ago", { connection: serving, row: { ...good, lossTimes: [1, 2, now - minute] } }],
    [
      "was approved a moment ago",
      { connection: streaming({ pendingApproval: "approved" }), row: { tone: "wait", since: now } },
    ],
    [
      "was stopped on purpose",
      { connection: "stopped", context: { stopReason: "paused" }, row: { tone: "off" } },
    ],
    ["began a moment ago", { connection: { connecting: "atOnce" }, row: { tone: "warm", since: now } }],
  ])("are none where it %s", (_, given) => {
    expect(troublesIn(given)).toEqual([]);
  });
});

describe("the order of the list", () => {
  const row = (name: string, more: Partial<Row>): Row => ({ ...newRow(`t.c.${name}`), ...more });
  const rows = [
    row("fine", { tone: "good", since: 1, losses: 1 }),
    row("younger", { tone: "bad", since: 9, losses: 5 }),
    row("older", { tone: "bad", since: 3 }),
    row("flaps", { tone: "good", since: 20, losses: 3, troubles: ["flapping"] }),
    row("pending", { tone: "wait", since: 5, troubles: ["pending for long"] }),
  ];
  const names = (order: Parameters<typeof listed>[2], wanted = everything) =>
    listed(rows, wanted, order).map(({ key: name }) => name.slice("t.c.".length));

  it("puts what flaps and the oldest trouble first", () => {
    expect(names("trouble")).toEqual(["flaps", "pending", "older", "younger", "fine"]);
  });

  it("goes by age, lost links or name when asked", () => {
    expect(names("age")).toEqual(["fine", "older", "pending", "younger", "flaps"]);
    expect(names("errors").slice(0, 3)).toEqual(["younger", "flaps", "fine"]);
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
