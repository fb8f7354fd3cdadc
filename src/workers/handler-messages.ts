/** What a thread connector and its threads tell each other. */
import type { Connector } from "../connectors/connector.js";
import type { PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { InvocationAsked, InvocationEnded } from "./crossing-invocations.js";
import type { MetricChanged } from "./crossing-metrics.js";
import type { LogLine } from "./worker-messages.js";

export interface HandlerInput {
  /** A file URL. */
  readonly module: string;
  /** The type of the connector; undefined where the module exports one only. */
  readonly connectorType: string | undefined;
}

/** All that a thread is started with. */
export interface HandlerData extends HandlerInput {
  /** The memory of its handler board, which is read while it computes. */
  readonly board: SharedArrayBuffer;
}

/** A connector without its functions. */
export type Description = Omit<
  Connector,
  "execute" | "timeoutFor" | "takes" | "relay" | "description" | "blocked"
> & {
  /** Limits of single capabilities, in ms. */
  readonly timeouts: Readonly<Record<string, number>>;
};

/** A request, whole: its thread cannot look into this one. */
export interface Job {
  readonly requestId: string;
  readonly capabilityId: string | undefined;
  readonly encoding: PayloadEncoding;
  readonly bytes: Uint8Array;
  readonly context: Readonly<Record<string, string>>;
  readonly draining: boolean;
  readonly maxMessageBytes: number;
  /** Milliseconds until its time limit. */
  readonly remainingMs: number;
}

/** A thread has one job at a time, so no message needs to say which it means. */
export type ToHandler =
  | { readonly type: "execute"; readonly job: Job }
  | { readonly type: "abort"; readonly reason: string }
  | { readonly type: "drain" }
  | InvocationEnded;

export type FromHandler =
  | { readonly type: "ready"; readonly description: Description }
  | { readonly type: "unusable"; readonly message: string; readonly cause: Error | undefined }
  | InvocationAsked
  | { readonly type: "answered"; readonly bytes: Uint8Array; readonly encoding: PayloadEncoding }
  | {
      readonly type: "failed";
      readonly message: string;
      readonly toolCode: string | undefined;
      /** What nobody meant to throw. */
      readonly unexpected: Error | undefined;
    }
  | MetricChanged
  | LogLine;
