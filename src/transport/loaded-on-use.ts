/** A transport whose adapter is loaded, with its libraries, when the first stream is to be opened. */
import { textOf } from "../errors.js";
import type { AdapterRow, TransportName } from "./adapters.js";
import type { DialOptions } from "./options.js";
import {
  type OpenOptions,
  type Transport,
  type TransportAdapter,
  TransportOpenError,
  type TransportStream,
  type WireKind,
} from "./transport.js";

type State =
  | { readonly name: "unused" }
  | { readonly name: "loading"; readonly loaded: Promise<Transport> }
  | { readonly name: "loaded"; readonly transport: Transport }
  | { readonly name: "closed" };

const unused: State = { name: "unused" };
const closed: State = { name: "closed" };

/** The files of a running process may be gone or others: what fails once may come right. */
const notLoaded = (name: TransportName, error: unknown): TransportOpenError => {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const detail = `The transport ${name} could not be loaded: ${textOf(error)}. Look at the files of the package, and start the process again if it was installed anew.`;
  return new TransportOpenError(
    { cause: "local-error", detail, ...(code ? { code } : {}) },
    { cause: error },
  );
};

/** `adapter` of the row is called with the first stream, and once more after each failure. */
export class LoadedOnUse implements Transport {
  readonly kind: WireKind;
  readonly tls: boolean;
  readonly authority: string;
  readonly #name: TransportName;
  readonly #options: DialOptions;
  readonly #load: () => Promise<TransportAdapter>;
  #state: State = unused;

  constructor(name: TransportName, { speaks, adapter }: AdapterRow, options: DialOptions) {
    this.kind = speaks;
    this.tls = options.endpoint.tls;
    this.authority = options.endpoint.authority;
    this.#name = name;
    this.#options = options;
    this.#load = adapter;
  }

  /** Once it is loaded, an opening waits for nothing but itself. */
  open(options: OpenOptions): Promise<TransportStream> {
    const state = this.#state;
    return state.name === "loaded" ? state.transport.open(options) : this.#loadAndOpen(state, options);
  }

  channels() {
    return this.#state.name === "loaded" ? this.#state.transport.channels() : [];
  }

  async close(): Promise<void> {
    const before = this.#state;
    if (before.name === "loaded") return before.transport.close();
    this.#state = closed;
    if (before.name !== "loading") return;
    const loaded = await before.loaded.catch(() => undefined); // then there is nothing to close
    await loaded?.close();
  }

  async #loadAndOpen(state: State, options: OpenOptions): Promise<TransportStream> {
    if (state.name === "closed") throw new TransportOpenError({ cause: "outbound-closed" });
    const loaded = state.name === "loading" ? state.loaded : this.#loading();
    return (await loaded).open(options);
  }

  /** For all that want to open meanwhile. A failure is theirs alone: the next one loads anew. */
  #loading(): Promise<Transport> {
    const loaded = this.#made();
    this.#state = { name: "loading", loaded };
    return loaded;
  }

  async #made(): Promise<Transport> {
    try {
      const transport = (await this.#load()).create(this.#options);
      if (this.#state.name === "loading") this.#state = { name: "loaded", transport };
      return transport;
    } catch (error) {
      if (this.#state.name === "loading") this.#state = unused;
      throw notLoaded(this.#name, error);
    }
  }
}
