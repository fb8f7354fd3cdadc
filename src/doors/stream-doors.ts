/** What a connector takes and sends on one stream besides requests and answers; it ends with the stream. */
import type { Connector } from "../connectors/connector.js";
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { Invocations } from "./invocations.js";
import { type MessageSender, Outlet } from "./outlet.js";
import { Relay, type Threw } from "./relay.js";

const openingTooLarge = (bytes: number, maxMessageBytes: number): string =>
  `message too large: the opening of ${bytes} bytes is above maxMessageBytes (${maxMessageBytes}); send fewer headers and a shorter query, or raise maxMessageBytes`;

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

  /** A message beyond the limit, of `bytes` bytes: what was to come in it is not there. False for one that counts without. */
  oversized(remainder: StreamMessage["message"], bytes: number): boolean {
    const { case: kind, value } = remainder;
    if (kind === "wsFrame") this.relay.oversized(value.connectionId);
    else if (kind === "wsOpenRequest")
      this.relay.opened(value, openingTooLarge(bytes, this.#maxMessageBytes));
    else if (kind === "invokeResponse")
      this.invocations.oversized(value.requestId, bytes, this.#maxMessageBytes);
    else return false;
    return true;
  }

  end(): void {
    this.#outlet.end();
    this.invocations.end();
    this.relay.end();
  }
}
