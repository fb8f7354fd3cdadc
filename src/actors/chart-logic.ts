/** What stands between a machine and its actor: plans for its steps, and a recorder that notes them. */
import type { AnyStateMachine } from "xstate";
import { planned } from "../chart-plan/planned.js";
import type { ChartMode } from "../environment/chart-mode.js";
import type { ChartName, ChartRecorder, HostName } from "../recording/settings.js";

export interface ChartWays {
  readonly charts: ChartMode;
  /** Notes what the charts do; undefined when nothing is recorded. */
  readonly recorder: ChartRecorder | undefined;
}

/** The machine as its actors are made of it. Give one of your own, as `provide()` returns it. */
export function chartLogic<Machine extends AnyStateMachine>(
  { charts, recorder }: ChartWays,
  chart: ChartName | HostName,
  machine: Machine,
): Machine {
  const stepped = charts === "planned" ? planned(machine, recorder?.hearing) : machine;
  return recorder?.recorded(chart, stepped, stepped === machine) ?? stepped;
}
