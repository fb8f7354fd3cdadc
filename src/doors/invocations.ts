/** Requests to other connectors on one stream, and who waits for which answer. */
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { encodedPayload } from "../connectors/encodings/encoded-payload.js";
import { MooringError } from "../errors.js";
import {
  InvokeCapabilityRequestSchema,
  type InvokeCapabilityResponse,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { maxOpenInvocations, maxWaitingInvocations } from "../protocol/limits.js";
import { withResolvers } from "../with-resolvers.js";
import { invokeFailed as failed, outcome } from "./invoke-outcome.js";
import { type Body, type Outlet, streamError, streamGone, textBytes } from "./outlet.js";

/** One of them, checked and complete. */
export interface Invocation {
  readonly target: string;
  readonly capabilityId: string;
  readonly payload: unknown;
  readonly timeoutMs: number;
  readonly context: Readonly<Record<string, string>>;
  readonly fireAndForget: boolean;
  readonly signals: readonly AbortSignal[];
}

interface Open {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const waitedInVain = (timeoutMs: number): MooringError =>
  new MooringError(
    "TIMEOUT",
    `Timeout: the other connector did not answer within ${timeoutMs} ms (timeoutMs).`,
  );

const foundNoRoom = (timeoutMs: number): MooringError =>
  new MooringError(
    "TIMEOUT",
    `Timeout: the stream had no room for the invocation within ${timeoutMs} ms (timeoutMs).`,
  );

export class Invocations {
  readonly #outlet: Outlet;
  readonly #open = new Map<string, Open>();

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** How many wait for their answer. */
  get size(): number {
    return this.#open.size;
  }

  async invoke(invocation: Invocation): Promise<unknown> {
    const { target, capabilityId, payload, timeoutMs, context, fireAndForget, signals } = invocation;
    for (const signal of signals) signal.throwIfAborted();
    if (this.#open.size >= maxOpenInvocations)
      throw failed(`${maxOpenInvocations} invocations wait for their answers already`);
    if (this.#outlet.waiting >= maxWaitingInvocations)
      throw streamError("too much waits for room on the stream: wait for each invocation");
    const { bytes, encoding } = encodedPayload(payload);
    const texts = textBytes(target, capabilityId, ...Object.entries(context).flat());
    this.#outlet.check("The invocation", bytes.length + texts);
    const requestId = `invoke-${randomUUID()}`;
    const value = create(InvokeCapabilityRequestSchema, {
      requestId,
      targetAddress: target,
      capabilityId,
      // Some transports encode later.
      payload: new Uint8Array(bytes),
      payloadEncoding: encoding,
      context: { ...context },
      timeoutMs,
      fireAndForget,
    });
    const body: Body = { case: "invokeRequest", value };
    if (fireAndForget && this.#outlet.sendAtOnce(body)) return undefined;
    return this.#answer(requestId, invocation, body);
  }

  /** False: nobody waits for it. */
  answered(response: InvokeCapabilityResponse): boolean {
    const open = this.#open.get(response.requestId);
    if (!open) return false;
    try {
      open.resolve(outcome(response));
    } catch (error) {
      open.reject(error);
    }
    return true;
  }

  /** An answer that is too long to be taken. */
  oversized(requestId: string, bytes: number, maxMessageBytes: number): void {
    const words = `the other connector's answer of ${bytes} bytes is above maxMessageBytes (${maxMessageBytes})`;
    this.#open.get(requestId)?.reject(failed(words));
  }

  /** The stream is over: no answer comes any more. */
  end(): void {
    for (const { reject } of [...this.#open.values()]) reject(streamGone());
  }

  /** The answer; of one that asks for none, that it went out. Whoever gives up before it went out takes it back. */
  async #answer(requestId: string, invocation: Invocation, body: Body): Promise<unknown> {
    const { timeoutMs, fireAndForget, signals } = invocation;
    const { promise, resolve, reject } = withResolvers<unknown>();
    this.#open.set(requestId, { resolve, reject });
    this.#outlet.send(body).then(() => fireAndForget && resolve(undefined), reject);
    const late = setTimeout(
      () => this.#outlet.withdraw(body, foundNoRoom(timeoutMs)) || reject(waitedInVain(timeoutMs)),
      timeoutMs,
    );
    const giveUp = () => {
      const reason: unknown = signals.find(({ aborted }) => aborted)?.reason;
      if (!this.#outlet.withdraw(body, reason)) reject(reason);
    };
    for (const signal of signals) signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await promise;
    } finally {
      this.#open.delete(requestId);
      clearTimeout(late);
      for (const signal of signals) signal.removeEventListener("abort", giveUp);
    }
  }
}
