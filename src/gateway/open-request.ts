/**
 * A request that has no answer yet: how often it went out, who waits for it, and what a caller is told who has waited
 * in vain.
 */
import { MooringError } from "../errors.js";
import type { ExecuteRequest } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { ExecuteAnswer } from "./gateway.js";
import type { Registration } from "./registry.js";

export interface OpenRequest {
  readonly request: ExecuteRequest;
  /** How often it went out. */
  deliveries: number;
  readonly settle: (answer: ExecuteAnswer) => void;
  readonly fail: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  /** No longer listens to the caller's signal. */
  readonly leaveCaller: () => void;
}

/** In a request's context from the second delivery on: how many there were, this one included. */
export const deliveryAttempt = "delivery_attempt";

const times = (count: number) => (count === 1 ? "once" : `${count} times`);

/** How to approve it, for people. */
const approving = (key: string) =>
  `approve it with mooring approve ${key}, or POST /api/registrations/${key}/approve`;

/** What the request waited for, when its time limit is over. */
export function waitedInVain(
  registration: Registration,
  { deliveries }: OpenRequest,
  timeoutMs: number,
): MooringError {
  const { key, state, stream } = registration;
  const outcome = () => {
    const start = `${key} did not take the request within ${timeoutMs} ms: `;
    if (state !== "approved")
      return `${start}it waits for approval${stream ? "" : " and is not connected"}; ${approving(key)}.`;
    if (!stream) {
      const before =
        deliveries > 0 ? ` (the request was delivered ${times(deliveries)} before, without an answer)` : "";
      return `${start}it is not connected${before}. Where its connector runs, mooring explain ${key} says why.`;
    }
    if (!stream.isServing) return `${start}it is approved, but has not registered since.`;
    const often = deliveries > 1 ? `; the request was delivered ${times(deliveries)}` : "";
    return `${key} did not answer within ${timeoutMs} ms${often}.`;
  };
  return new MooringError("TIMEOUT", outcome());
}

/** Why no request is taken for it. */
export const rejectedError = (key: string): MooringError =>
  new MooringError(
    "REGISTRATION_ERROR",
    `${key} was rejected by an administrator and takes no requests; ${approving(key)}.`,
  );

/** It went out so often that it may be what ends the connector. */
export const undeliverable = (key: string, { request, deliveries }: OpenRequest): MooringError =>
  new MooringError(
    "INVOKE_FAILED",
    `Request "${request.requestId}" was given up: ${key} got it ${times(deliveries)}, and each time its stream ended before the answer (maxDeliveries). The request itself may be what ends the connector's process: look at its log.`,
  );
