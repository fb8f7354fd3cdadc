/** What a runtime and its worker threads tell each other: plain data that crosses threads as it is. */
import type { Standing } from "../../machines/index.js";
import type { MetricSeries } from "../connectors/metrics.js";
import type { HandlerName } from "../execution/handler-board.js";
import type { JournalEntry } from "../runtime/journal.js";
import type { RegistrationOptions } from "../runtime/options.js";
import type { ClosedReport, DrainReport, RegistrationStatus, RuntimeStatus } from "../runtime/status.js";
import type { WorkerOptions } from "../runtime/worker-settings.js";
import type { ChoiceChange, ToldWay } from "../transport-choice/choice.js";
import type { InvocationAsked, InvocationEnded } from "./crossing-invocations.js";

/** A registration whose connector is named by its type. */
export type NamedRegistration = Omit<RegistrationOptions, "connector"> & { readonly connector: string };

/** What a worker is started with. Its options have no code in them; log lines come back as messages. */
export interface WorkerInput {
  /** A file URL. */
  readonly module: string;
  readonly options: WorkerOptions;
  /** False: nobody reads log lines. */
  readonly logs: boolean;
  /** What another thread has found to lead to the gateway. */
  readonly told?: ToldWay;
}

/** All that a thread is started with. */
export interface WorkerData extends WorkerInput {
  /** The memory of its handler board, which the main thread reads while it is silent. */
  readonly board: SharedArrayBuffer;
}

export interface RefusedRequest {
  readonly requestId: string;
  readonly why: string;
}

export type ToWorker =
  | {
      readonly type: "add";
      readonly key: string;
      readonly registration: NamedRegistration;
      /** Requests that no handler gets again. */
      readonly refuse: readonly RefusedRequest[];
      /** Ids of requests that run one at a time, because they were under way when a thread died. */
      readonly suspects: readonly string[];
    }
  | { readonly type: "pause" | "resume" | "restart" | "retryNow" | "remove"; readonly key: string }
  | { readonly type: "drain"; readonly deadlineMs: number }
  | { readonly type: "close" }
  /** What have you recorded? */
  | { readonly type: "record"; readonly ask: number }
  | InvocationAsked
  /** Something has gone wrong in another thread: what led there stays. */
  | { readonly type: "fault" }
  /** Another thread has found what leads to the gateway. */
  | { readonly type: "transport"; readonly told: ToldWay };

/** A registration as its worker sees it now, and the entries of its journal that were not sent before. */
export interface RegistrationReport {
  readonly key: string;
  readonly standing: Standing;
  readonly status: RegistrationStatus;
  /** What its connector counts by itself, where that has changed. */
  readonly series?: readonly MetricSeries[];
  readonly journal: readonly JournalEntry[];
}

export type LogLevel = "debug" | "info" | "warn" | "error";

export interface LogLine {
  readonly type: "log";
  readonly level: LogLevel;
  readonly fields: object;
  readonly message: string;
}

/** How everything in a worker has ended. */
export interface WorkerEnd {
  readonly drain: DrainReport;
  readonly closed: ClosedReport;
}

/** A request that may be what ended its thread. */
export interface Suspect {
  readonly registration: string;
  readonly handler: string;
  /** Undefined where only the handler could be told. */
  readonly requestId: string | undefined;
}

/** How a thread says that it ends. */
export interface LastWords {
  /** Whatever threw; or `exit`: its code called `process.exit`. */
  readonly how: "exit" | NodeJS.UncaughtExceptionOrigin;
  readonly code: number;
  readonly suspects: readonly Suspect[];
}

/** A piece of what a thread has recorded. */
export interface RecordedPiece {
  readonly type: "recorded";
  /** What was asked; null: nobody did, the thread ends. */
  readonly ask: number | null;
  /** Whole lines; null: that was all. */
  readonly text: string | null;
  /** With the end: not all of it could be told, so what came is of no use. */
  readonly isIncomplete?: true;
}

export type FromWorker =
  /** The module is loaded: the types of its connectors. */
  | { readonly type: "loaded"; readonly connectorTypes: readonly string[] }
  /** The module cannot be used. The worker ends. */
  | { readonly type: "unusable"; readonly message: string; readonly cause: Error | undefined }
  /** What stands on the board as this number. */
  | { readonly type: "handler"; readonly number: number; readonly name: HandlerName }
  /** A registration that cannot be hosted. */
  | { readonly type: "refused"; readonly key: string; readonly message: string }
  | { readonly type: "changed"; readonly from: string | null; readonly report: RegistrationReport }
  | { readonly type: "removed"; readonly key: string }
  /** From time to time: what moved without a change of state, and the worker's connections. */
  | {
      readonly type: "figures";
      readonly reports: readonly RegistrationReport[];
      readonly channels: RuntimeStatus["channels"];
    }
  /** The choice of the transport stands otherwise than before. */
  | { readonly type: "transport"; readonly change: ChoiceChange; readonly gateway: string }
  | LogLine
  | InvocationEnded
  /** Something has gone wrong in a registration or in Mooring itself, in this thread. */
  | { readonly type: "fault" }
  | RecordedPiece
  | ({ readonly type: "dying" } & LastWords)
  | ({ readonly type: "ended" } & WorkerEnd);
