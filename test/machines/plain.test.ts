import { describe, expect, it } from "vitest";
import { createMachine } from "xstate";
import { chartOf } from "../../machines/chart.js";
import { machines } from "../support/every-machine.js";

/** What Stately's tools are given: a chart without functions. */
describe.each(machines.map((machine) => [machine.id, machine] as const))(
  "the chart of the %s",
  (_, machine) => {
    it("says the same as plain JSON: states, transitions, guards, actions, actors, what each state tells", () => {
      const plain = createMachine(JSON.parse(JSON.stringify(machine.config)));
      expect(chartOf(plain)).toEqual(chartOf(machine));
    });
  },
);
