/**
 * The adapters by name. All make the same promises and pass the same tests; `lean` is the fastest and the
 * default, the others are the libraries as they are, to compare with or to fall back to.
 */
import { invalidConfig } from "../errors.js";
import { createLeanTransport } from "./lean/transport.js";
import { checkTransportOptions } from "./option-table.js";
import type { TransportOptions } from "./options.js";
import { type OpenOptions, type Transport, TransportOpenError, type TransportStream } from "./transport.js";

/** The transports that come with the package. */
export const transportNames = ["lean", "connect", "grpc-js"] as const;

/** The name of a transport. */
export type TransportName = (typeof transportNames)[number];

type CreateTransport = (options: TransportOptions) => Transport;

const load: Readonly<Record<Exclude<TransportName, "lean">, () => Promise<CreateTransport>>> = {
  connect: async () => (await import("./connect.js")).createConnectTransport,
  "grpc-js": async () => (await import("./grpc-js/transport.js")).createGrpcJsTransport,
};

/** An adapter whose library is loaded with the first stream, so that nobody pays for what is not used. */
class LoadedOnUse implements Transport {
  readonly kind = "gRPC";
  readonly tls: boolean;
  readonly authority: string;
  readonly #loading: () => Promise<Transport>;
  #state:
    | { readonly name: "unused" }
    | { readonly name: "closed" }
    | { readonly name: "used"; readonly loaded: Promise<Transport> } = { name: "unused" };
  #transport: Transport | undefined;

  constructor(options: TransportOptions, loading: () => Promise<CreateTransport>) {
    this.tls = options.endpoint.tls;
    this.authority = options.endpoint.authority;
    this.#loading = async () => {
      this.#transport = (await loading())(options);
      return this.#transport;
    };
  }

  async open(options: OpenOptions): Promise<TransportStream> {
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
  if (!transportNames.includes(name))
    throw invalidConfig(`There is no transport "${name}". Known: ${transportNames.join(", ")}.`);
  const checked = checkTransportOptions(options, "createTransport()");
  return name === "lean" ? createLeanTransport(checked) : new LoadedOnUse(checked, load[name]);
}
