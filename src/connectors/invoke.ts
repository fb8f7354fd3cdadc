/** Requests of a connector to another one (docs/protocol.md, "Invoking other connectors"). */

/** Options of `invoke`. */
export interface InvokeOptions {
  /**
   * Time until the invocation counts as failed, here and at the gateway. One that waits for room on the stream until then is not sent.
   * @default 30,000 ms, or what is left of the caller's own limit where that is less
   */
  readonly timeoutMs?: number;
  /**
   * Resolves with `undefined` as soon as the request is on its way; nobody learns what became of it.
   * @default false
   */
  readonly fireAndForget?: boolean;
  /**
   * Gives up the wait: `invoke` rejects with its reason. One that waits for room on the stream is not sent; after that the other connector is not told: the protocol has no message for that.
   * @default none
   */
  readonly signal?: AbortSignal;
  /**
   * Texts that go with the request.
   * @default none
   */
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * Asks another connector and resolves with its answer: a JSON value, bytes of RAW_BYTES as a `Uint8Array`, else a
 * `RawAnswer`.
 *
 * `target`: `TENANT.TYPE.INSTANCE`, or a pattern that the gateway understands. `capabilityId`: what of it is asked, such as
 * a tool's name; undefined where it has one only. `payload`: a JSON value, bytes, or a `RawAnswer` with its encoding.
 *
 * Rejects with a `MooringError`: `INVOKE_FAILED` with the other's words when it has failed (and with the code of a failed
 * tool's `ToolError` as `toolCode`), also when its answer says so inside, and after five connectors in a row; `TIMEOUT`; `STREAM_ERROR` at once when the stream is gone;
 * `NOT_RUNNING` when the registration does not serve; `MESSAGE_TOO_LARGE`; `INVALID_CONFIG` for bad options.
 */
export type Invoke = (
  target: string,
  capabilityId: string | undefined,
  payload: unknown,
  options?: InvokeOptions,
) => Promise<unknown>;
