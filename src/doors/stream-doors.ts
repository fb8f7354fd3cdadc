/** What a connector takes and sends on one stream besides requests and answers; it ends with the stream. */
import type { Connector } from "../connectors/connector.js";
import { Invocations } from "./invocations.js";
import { type Body, type MessageSender, Outlet } from "./outlet.js";
import { Relay, type Threw } from "./relay.js";

type OversizedBody = Extract<Body, { readonly case: "wsFrame" | "invokeResponse" }>;

export class StreamDoors {
  readonly #outlet: Outlet;
  readonly #maxMessageBytes: number;
  readonly invocations: Invocations;
  readonly relay: Relay;

  constructor(sender: MessageSender, connector: Connector, maxMessageBytes: number, threw: Threw) {
    this.#maxMessageBytes = maxMessageBytes;
    this.#outlet = new Outlet(sender, maxMessageBytes);
    this.invocations = new Invocations(this.#outlet);
    this.relay = new Relay({
      connector,
      outlet: this.#outlet,
      readOn: () => sender.readOn(),
      holdUp: () => sender.holdUp(),
      threw,
    });
  }

  /** Whether so much waits for the connector that the stream should not be read. */
  get saturated(): boolean {
    return this.relay.saturated || this.#outlet.overdrawn;
  }

  /** There is room in the stream again. Returns false when this has used it up. */
  writable(): boolean {
    return this.#outlet.writable();
  }

  /** A message beyond the limit, of `bytes` bytes: what was to come in it is not there. */
  oversized(remainder: OversizedBody, bytes: number): void {
    if (remainder.case === "wsFrame") this.relay.oversized(remainder.value.connectionId);
    else this.invocations.oversized(remainder.value.requestId, bytes, this.#maxMessageBytes);
  }

  end(): void {
    this.#outlet.end();
    this.invocations.end();
    this.relay.end();
  }
}
