/**
 * Invocations that cross threads: whoever asks is in one thread, the stream in another. The one asks with numbers, the
 * other invokes and says what became of each. A signal stays where it is; that it was aborted crosses.
 */
import { RawAnswer } from "../connectors/connector.js";
import { encodedPayload } from "../connectors/encodings/encoded-payload.js";
import type { Invoke, InvokeOptions } from "../connectors/invoke.js";
import { invalidConfig, MooringError, type MooringErrorCode, textOf } from "../errors.js";
import type { PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { type Resolvers, withResolvers } from "../with-resolvers.js";

/** A `RawAnswer`, which loses its class on the way. */
interface EncodedBytes {
  readonly bytes: Uint8Array;
  readonly encoding: PayloadEncoding;
}

/** What the asking thread says. */
export type InvocationAsked =
  | {
      readonly type: "invoke";
      /** In the order of the calls. */
      readonly number: number;
      /** On whose behalf: the key of a registration, or the id of the request that runs. */
      readonly by: string;
      readonly target: string;
      readonly capabilityId: string | undefined;
      readonly payload: EncodedBytes;
      readonly options: Omit<InvokeOptions, "signal">;
    }
  | { readonly type: "uninvoke"; readonly number: number };

type End =
  | { readonly value: unknown }
  | { readonly raw: EncodedBytes }
  | {
      readonly code: MooringErrorCode;
      readonly message: string;
      readonly toolCode?: string | undefined;
    };

/** What the invoking thread says. */
export interface InvocationEnded {
  readonly type: "invoked";
  readonly number: number;
  readonly end: End;
}

/** In the thread that asks. */
export class AskedInvocations {
  readonly #tell: (message: InvocationAsked) => void;
  readonly #open = new Map<number, Resolvers<unknown>>();
  #made = 0;

  constructor(tell: (message: InvocationAsked) => void) {
    this.#tell = tell;
  }

  /** On behalf of a registration, or of a request. */
  invokeOf(by: string): Invoke {
    return (target, capabilityId, payload, options = {}) =>
      this.#invoke(by, [target, capabilityId, payload, options]);
  }

  ended({ number, end }: InvocationEnded): void {
    const waiting = this.#open.get(number);
    if ("code" in end) waiting?.reject(new MooringError(end.code, end.message, { toolCode: end.toolCode }));
    else waiting?.resolve("raw" in end ? new RawAnswer(end.raw.bytes, end.raw.encoding) : end.value);
  }

  /** The other thread is gone. */
  lost(): void {
    const gone = new MooringError("STREAM_ERROR", "Stream error: the thread of the registration is gone");
    for (const { reject } of this.#open.values()) reject(gone);
  }

  #ask(what: Omit<Extract<InvocationAsked, { type: "invoke" }>, "type">): void {
    try {
      this.#tell({ type: "invoke", ...what });
    } catch (error) {
      throw invalidConfig(`What invoke() was given cannot cross to another thread: ${textOf(error)}.`, error);
    }
  }

  async #invoke(
    by: string,
    [target, capabilityId, payload, given]: Required<Parameters<Invoke>>,
  ): Promise<unknown> {
    const { signal, ...options } = given;
    signal?.throwIfAborted();
    const { bytes, encoding } = encodedPayload(payload);
    this.#made += 1;
    const number = this.#made;
    const waiting = withResolvers<unknown>();
    const giveUp = () => {
      this.#tell({ type: "uninvoke", number });
      waiting.reject(signal?.reason);
    };
    this.#open.set(number, waiting);
    signal?.addEventListener("abort", giveUp, { once: true });
    try {
      const what = { number, by, target, capabilityId, payload: { bytes, encoding }, options };
      this.#ask(what);
      return await waiting.promise;
    } finally {
      this.#open.delete(number);
      signal?.removeEventListener("abort", giveUp);
    }
  }
}

const failureOf = (error: unknown): End => ({
  code: error instanceof MooringError ? error.code : "INVOKE_FAILED",
  message: textOf(error),
  toolCode: error instanceof MooringError ? error.toolCode : undefined,
});

const overFor: End = { code: "NOT_RUNNING", message: "What this was invoked for is over." };

/** In the thread that has the stream. */
export class MadeInvocations {
  readonly #invokeOf: (by: string) => Invoke;
  readonly #tell: (message: InvocationEnded) => void;
  readonly #open = new Map<number, AbortController>();

  /** `invokeOf` throws for whoever is not there, or not any more. */
  constructor(invokeOf: (by: string) => Invoke, tell: (message: InvocationEnded) => void) {
    this.#invokeOf = invokeOf;
    this.#tell = tell;
  }

  take(asked: InvocationAsked): void {
    if (asked.type === "uninvoke") this.#giveUp(asked.number);
    else void this.#make(asked);
  }

  /** What they were asked for is over: those who still wait learn it. */
  end(): void {
    for (const number of [...this.#open.keys()]) {
      this.#giveUp(number);
      this.#tell({ type: "invoked", number, end: overFor });
    }
  }

  async #make(asked: Extract<InvocationAsked, { type: "invoke" }>): Promise<void> {
    const given = new AbortController();
    this.#open.set(asked.number, given);
    const end = await this.#endOf(asked, given.signal).catch(failureOf);
    if (this.#open.delete(asked.number)) this.#tell({ type: "invoked", number: asked.number, end });
  }

  async #endOf(
    { by, target, capabilityId, payload, options }: Extract<InvocationAsked, { type: "invoke" }>,
    signal: AbortSignal,
  ): Promise<End> {
    const raw = new RawAnswer(payload.bytes, payload.encoding);
    const invoke = this.#invokeOf(by);
    const value = await invoke(target, capabilityId, raw, { ...options, signal });
    return value instanceof RawAnswer ? { raw: { bytes: value.bytes, encoding: value.encoding } } : { value };
  }

  #giveUp(number: number): void {
    const given = this.#open.get(number);
    this.#open.delete(number);
    given?.abort();
  }
}
