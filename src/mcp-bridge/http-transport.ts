/** Streamable HTTP as the library has it, and what it does not tell: answers that were cut off, sessions that are gone. */
import type { JSONRPCMessage, StreamableHTTPClientTransport, Transport } from "@modelcontextprotocol/client";
import type { ClientLibrary } from "./peer.js";

type RequestId = number | string;

/** The library gives up after two tries; the server may be away for longer, and then has forgotten the session. */
const reconnectionOptions = {
  initialReconnectionDelay: 1_000,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 1.5,
  maxRetries: Number.POSITIVE_INFINITY,
};

/** JSON-RPC leaves codes from here on to whoever implements it. */
const cutOff = -32_000;

export const cutOffMessage = "the connection was cut before the answer came";

function askedId(message: JSONRPCMessage): RequestId | undefined {
  return "method" in message && "id" in message ? message.id : undefined;
}

export class HttpTransport implements Transport {
  readonly hasPerRequestStream = true;
  readonly #inner: Transport & Pick<StreamableHTTPClientTransport, "terminateSession">;
  /** Requests whose answers are on their way. */
  readonly #asked = new Set<RequestId>();
  #take: Transport["onmessage"];

  constructor(library: ClientLibrary, url: string, headers: Readonly<Record<string, string>> = {}) {
    this.#inner = new library.StreamableHTTPClientTransport(new URL(url), {
      requestInit: { headers: { ...headers } },
      reconnectionOptions,
    });
    this.#inner.onmessage = (message) => {
      if (!("method" in message) && message.id !== undefined) this.#asked.delete(message.id);
      this.#take?.(message);
    };
  }

  get onmessage(): Transport["onmessage"] {
    return this.#take;
  }

  set onmessage(take: Transport["onmessage"]) {
    this.#take = take;
  }

  get onclose(): Transport["onclose"] {
    return this.#inner.onclose;
  }

  set onclose(closed: (() => void) | undefined) {
    this.#inner.onclose = () => closed?.();
  }

  get onerror(): Transport["onerror"] {
    return this.#inner.onerror;
  }

  set onerror(failed: ((error: Error) => void) | undefined) {
    this.#inner.onerror = (error) => failed?.(error);
  }

  get sessionId(): string | undefined {
    return this.#inner.sessionId;
  }

  setProtocolVersion(version: string): void {
    this.#inner.setProtocolVersion?.(version);
  }

  start(): Promise<void> {
    return this.#inner.start();
  }

  async send(...[message, options]: Parameters<Transport["send"]>): Promise<void> {
    const id = askedId(message);
    if (id === undefined || options?.onRequestStreamEnd) return this.#inner.send(message, options);
    this.#asked.add(id);
    try {
      await this.#inner.send(message, { ...options, onRequestStreamEnd: () => this.#cut(id) });
    } catch (error) {
      this.#asked.delete(id);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#asked.clear();
    await this.#inner.close();
  }

  /** Tells the server that the session is over, where there is one. */
  endSession(): Promise<void> {
    return this.#inner.terminateSession();
  }

  #cut(id: RequestId): void {
    if (this.#asked.delete(id))
      this.#take?.({ jsonrpc: "2.0", id, error: { code: cutOff, message: cutOffMessage } });
  }
}
