/** Makes the transport of an adapter, whose library is loaded only when it is used. */
import { invalidConfig } from "../errors.js";
import { addressOf } from "../protocol/endpoint.js";
import { adapterRow, type TransportName, transportNames } from "./adapters.js";
import { checkTransportOptions } from "./option-table.js";
import type { DialOptions, TransportOptions } from "./options.js";
import {
  type OpenOptions,
  type Transport,
  type TransportAdapter,
  TransportOpenError,
  type TransportStream,
  type WireKind,
} from "./transport.js";
import { withWays } from "./ways.js";

/** A transport whose library is loaded with the first stream. */
class LoadedOnUse implements Transport {
  readonly kind: WireKind;
  readonly tls: boolean;
  readonly authority: string;
  readonly #loading: () => Promise<Transport>;
  #state:
    | { readonly name: "unused" }
    | { readonly name: "closed" }
    | { readonly name: "used"; readonly loaded: Promise<Transport> } = { name: "unused" };
  #transport: Transport | undefined;

  constructor(kind: WireKind, options: DialOptions, loading: () => Promise<TransportAdapter>) {
    this.kind = kind;
    this.tls = options.endpoint.tls;
    this.authority = options.endpoint.authority;
    this.#loading = async () => {
      this.#transport = (await loading()).create(options);
      return this.#transport;
    };
  }

  async open(options: OpenOptions): Promise<TransportStream> {
    if (this.#transport) return this.#transport.open(options);
    if (this.#state.name === "unused") this.#state = { name: "used", loaded: this.#loading() };
    if (this.#state.name === "closed") throw new TransportOpenError({ cause: "outbound-closed" });
    return (await this.#state.loaded).open(options);
  }

  channels() {
    return this.#transport?.channels() ?? [];
  }

  async close(): Promise<void> {
    const before = this.#state;
    if (before.name === "used") await (await before.loaded).close();
    else this.#state = { name: "closed" };
  }
}

/**
 * Makes a transport by its name. Opens nothing until the first stream. Throws INVALID_CONFIG that names the option.
 *
 * @example
 * ```ts
 * import { createTransport, parseEndpoint } from "mooring/transport";
 *
 * const transport = createTransport("grpc-js", {
 *   endpoint: parseEndpoint("grpc://localhost:50061"),
 *   tls: {},
 *   maxStreamsPerChannel: 80,
 *   connectTimeoutMs: 10_000,
 *   ping: { intervalMs: 30_000, timeoutMs: 10_000 },
 *   maxMessageBytes: 4 * 1024 * 1024,
 * });
 * await transport.close();
 * ```
 */
export function createTransport(name: TransportName, options: TransportOptions): Transport {
  return transportWith(name, options);
}

/** The same, with a runtime's own ways through proxies, and whom it tells. */
export function transportWith(
  name: TransportName,
  options: TransportOptions,
  { ways, warn }: Pick<DialOptions, "ways" | "warn"> = {},
): Transport {
  if (!transportNames.includes(name))
    throw invalidConfig(`There is no transport "${name}". Known: ${transportNames.join(", ")}.`);
  const withOwn = withWays(checkTransportOptions(options, "createTransport()"), ways);
  const checked = warn ? { ...withOwn, warn } : withOwn;
  const { speaks, adapter } = adapterRow(name);
  if (checked.endpoint.transport !== speaks)
    throw invalidConfig(
      `endpoint is ${addressOf(checked.endpoint)}, but the transport ${name} speaks ${speaks}: give an address of ${speaks}.`,
    );
  return typeof adapter === "function" ? new LoadedOnUse(speaks, checked, adapter) : adapter.create(checked);
}
