/** How a runtime records, and of which charts. */
import type { AnyStateMachine } from "xstate";
import type { Hearing } from "./heard-scope.js";

/**
 * Which steps stay when there is no room for all:
 * - `tail`: the newest.
 * - `fault`: the newest until something went wrong; from then on what led there, and what follows until the room is used up.
 * - `all`: the oldest, from the start until the room is used up.
 */
export type RecordingKeep = "tail" | "fault" | "all";

export const keeps = ["tail", "fault", "all"] as const satisfies readonly RecordingKeep[];

/** Why a recording is written. */
export type Occasion = "asked" | "fault";

/** The option `recording`, with its defaults. */
export interface RecordingSettings {
  readonly maxBytes: number;
  readonly keep: RecordingKeep;
  readonly file?: string;
}

/** The machines whose steps are recorded. */
export type ChartName = "registration" | "credentials" | "liveness";

/** The machines that host registrations. They hold actors, so their steps are told and not replayed. */
export type HostName = "supervisor" | "partition";

export const isHost = (chart: ChartName | HostName): chart is HostName =>
  chart === "supervisor" || chart === "partition";

/** What stands between the machines and XState. */
export interface ChartRecorder {
  /** For a machine that tells by itself what its steps let out and take. */
  readonly hearing: Hearing;
  /**
   * The machine, which notes from now on what it does. Give one of your own, as `provide()` returns it. `listens`: it does
   * not tell by itself what its steps let out.
   */
  recorded<Machine extends AnyStateMachine>(
    chart: ChartName | HostName,
    machine: Machine,
    listens: boolean,
  ): Machine;
}
