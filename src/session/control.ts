/** What a session tells about its stream: control only, as plain data without secrets. Text of a peer comes only as `safeText` leaves it. */
import type { LinkCause } from "../transport/transport.js";

export interface ControlFailure {
  readonly cause: LinkCause | "register-refused";
  readonly code?: string;
  /** Made safe by `src/protocol/gateway-text.ts`. */
  readonly detail?: string;
  readonly retryAfterMs?: number;
}

export type ControlEvent =
  | {
      readonly type: "stream.accepted";
      readonly status: "unspecified" | "pending" | "approved" | "rejected" | "other";
      readonly hasSessionToken: boolean;
    }
  | { readonly type: "stream.rejected"; readonly failure: ControlFailure }
  | {
      readonly type: "stream.approval";
      readonly status: "unspecified" | "pending" | "approved" | "rejected" | "other";
      /** What the gateway says of it, made safe by `src/protocol/gateway-text.ts`. */
      readonly detail?: string;
    }
  | {
      readonly type: "stream.credentialsIssued";
      readonly offerId: string | null;
      readonly addressee: "own" | "none" | "other";
    }
  | { readonly type: "stream.heartbeatLate"; readonly sinceAnswerMs: number }
  | { readonly type: "stream.heartbeatAnswered"; readonly shouldReconnect: boolean }
  | { readonly type: "stream.peerDraining" }
  | {
      readonly type: "stream.ended";
      /** The peer itself ended it before it had accepted the registration: it may be a refusal. */
      readonly beforeAcceptance: boolean;
      readonly failure: ControlFailure;
    };

export type ControlListener = (event: ControlEvent) => void;
