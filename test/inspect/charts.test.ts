/** The drawings of the inspector's page hold every state and every transition of the running machines, and are legible. */
import { readFileSync } from "node:fs";
import { startTestBench } from "mooring/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { chartOf } from "../../machines/chart.js";
import {
  credentialsMachine,
  livenessMachine,
  partitionMachine,
  registrationMachine,
  supervisorMachine,
} from "../../machines/index.js";
import type { InspectionMessage } from "../../src/inspect/stately-messages.js";
import { echo } from "../support/connectors.js";

type Box = readonly [x: number, y: number, width: number, height: number];

interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly states: readonly {
    readonly id: string;
    readonly name: string;
    readonly parent?: string;
    readonly type?: string;
    readonly box: Box;
    readonly stays?: readonly { readonly key: string; readonly text: string }[];
  }[];
  readonly edges: readonly {
    readonly from?: string;
    readonly to?: string;
    readonly points: readonly number[];
    readonly label?: Box;
    readonly transitions?: readonly {
      readonly key: string;
      readonly event: string;
      readonly guard?: string;
    }[];
  }[];
}

const drawings: Readonly<Record<string, Drawing>> = JSON.parse(
  readFileSync(new URL("../../inspector/charts.json", import.meta.url), "utf8"),
);
const machines = [
  registrationMachine,
  credentialsMachine,
  livenessMachine,
  partitionMachine,
  supervisorMachine,
];

const meets = (one: Box, other: Box): boolean =>
  one[0] < other[0] + other[2] &&
  other[0] < one[0] + one[2] &&
  one[1] < other[1] + other[3] &&
  other[1] < one[1] + one[3];

const isInside = (inner: Box, outer: Box): boolean =>
  inner[0] >= outer[0] &&
  inner[1] >= outer[1] &&
  inner[0] + inner[2] <= outer[0] + outer[2] &&
  inner[1] + inner[3] <= outer[1] + outer[3];

const pairsOf = <T>(items: readonly T[]): readonly (readonly [T, T])[] =>
  items.flatMap((one, at) => items.slice(at + 1).map((other) => [one, other] as const));

/** Where a state has its words: the whole of one without children, the head of one with some. */
function wordsOf({ states }: Drawing, { id, box, stays = [] }: Drawing["states"][number]): Box {
  if (!states.some(({ parent }) => parent === id)) return box;
  return [box[0], box[1], box[2], 24 + stays.length * 15];
}

it("knows every transition that a live runtime takes", async () => {
  const taken = new Set<string>();
  const inspect = (message: InspectionMessage) => {
    if (message.type === "@xstate.snapshot") for (const key of message.transitions ?? []) taken.add(key);
  };
  const bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "one", connector: echo }],
    runtime: { inspect },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  for (const how of ["goaway", "close"] as const) {
    const { runtime, gateway } = bench;
    const before = runtime.status().registrations[0]?.counters.total_disconnects ?? 0;
    gateway.disturb(how);
    await expect
      .poll(() => runtime.status().registrations[0])
      .toMatchObject({ child: "serving", counters: { total_disconnects: before + 1 } });
  }
  await bench.runtime.drain();
  const drawn = new Set(
    Object.values(drawings).flatMap(({ states, edges }) => [
      ...states.flatMap(({ stays = [] }) => stays.map(({ key }) => key)),
      ...edges.flatMap(({ transitions = [] }) => transitions.map(({ key }) => key)),
    ]),
  );
  expect([...taken].filter((key) => !drawn.has(key))).toEqual([]);
  for (const key of ["registration.connection.linked stream.ended 0", "supervisor.active.running drain 0"])
    expect([...taken]).toContain(key);
});

it("draws every machine", () => {
  expect(Object.keys(drawings)).toEqual(machines.map(({ id }) => id));
});

describe.each(machines.map((machine) => [machine.id, machine] as const))(
  "the drawing of %s",
  (name, machine) => {
    const drawing = drawings[name] as Drawing;
    const chart = chartOf(machine);
    const labels = drawing.edges.flatMap(({ label }) => (label ? [label] : []));
    const whole: Box = [0, 0, drawing.width, drawing.height];

    it("has every state and every transition once", () => {
      expect(drawing.states.map(({ id }) => id)).toEqual(chart.map(({ id }) => id));
      const drawn = [
        ...drawing.states.flatMap(({ stays = [] }) => stays.map(({ key }) => key)),
        ...drawing.edges.flatMap(({ transitions = [] }) => transitions.map(({ key }) => key)),
      ];
      expect([...drawn].sort()).toEqual(
        chart.flatMap(({ transitions }) => transitions.map(({ key }) => key)).sort(),
      );
    });

    it("routes each edge from its source to its target", () => {
      const boxes = new Map(drawing.states.map(({ id, box }) => [id, box]));
      const touches = (box: Box, x = -1, y = -1) =>
        isInside([x, y, 0, 0], [box[0] - 1, box[1] - 1, box[2] + 2, box[3] + 2]);
      for (const { from = "", to = "", points } of drawing.edges) {
        const [source, target] = [boxes.get(from), boxes.get(to)];
        if (!source || !target) continue;
        expect([from, to, touches(source, points[0], points[1])]).toEqual([from, to, true]);
        expect([from, to, touches(target, points.at(-2), points.at(-1))]).toEqual([from, to, true]);
      }
    });

    it("cuts nothing off", () => {
      for (const box of [...labels, ...drawing.states.map(({ box }) => box)])
        expect([box, isInside(box, whole)]).toEqual([box, true]);
    });

    it("puts children inside their parent, and beside each other", () => {
      for (const { id, box, parent } of drawing.states) {
        const outer = drawing.states.find((state) => state.id === parent);
        if (outer) expect([id, isInside(box, outer.box)]).toEqual([id, true]);
      }
      const overlapping = pairsOf(drawing.states).filter(
        ([a, b]) => a.parent === b.parent && meets(a.box, b.box),
      );
      expect(overlapping.map(([a, b]) => [a.id, b.id])).toEqual([]);
    });

    it("puts no label on the words of a state, nor on another label", () => {
      for (const { from, to, label } of drawing.edges) {
        const hidden = drawing.states.filter((state) => label && meets(label, wordsOf(drawing, state)));
        expect([from, to, hidden.map(({ id }) => id)]).toEqual([from, to, []]);
      }
      expect(pairsOf(labels).filter(([a, b]) => meets(a, b))).toEqual([]);
    });

    it("makes room for all that it says", () => {
      for (const { label, transitions = [] } of drawing.edges) {
        const lines = transitions.flatMap(({ event, guard }) => (guard ? [event, `[${guard}]`] : [event]));
        if (!label) continue;
        expect(label[2]).toBeGreaterThanOrEqual(Math.max(...lines.map(({ length }) => length)) * 6.4);
        expect(label[3]).toBeGreaterThanOrEqual(lines.length * 14);
      }
      for (const { name: title, box, stays = [], type } of drawing.states) {
        if (type === "history") continue;
        const widest = Math.max(title.length * 7.6, ...stays.map(({ text }) => text.length * 6.4));
        expect([title, box[2] >= widest + 16]).toEqual([title, true]);
      }
    });
  },
);
