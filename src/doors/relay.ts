/**
 * The WebSockets that are relayed to a connector on one stream: each is answered, its frames come in order, and all end
 * with the stream. What the connector does not take holds the stream up for a while; then the connection that holds most
 * is closed, so that requests and heartbeats go on.
 */
import { create } from "@bufbuild/protobuf";
import type { Connector } from "../connectors/connector.js";
import { traceOf, unexpectedError } from "../connectors/unexpected-error.js";
import { textOf } from "../errors.js";
import {
  type WebSocketCloseRequest,
  WebSocketCloseRequestSchema,
  type WebSocketFrame,
  type WebSocketOpenRequest,
  WebSocketOpenResponseSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { maxErrorText, relayLimits } from "../protocol/limits.js";
import { closeCodes, frameIn, relayAddress } from "../protocol/relay-frames.js";
import type { Outlet } from "./outlet.js";
import { RelayedSocket, type RelayedSocketOwner } from "./relayed-socket.js";

/** A handler threw what nobody meant to throw. */
export type Threw = (facts: object, text: string) => void;

export interface RelayOptions {
  readonly connector: Connector;
  readonly outlet: Outlet;
  /** Reads on where `holdUp` has stopped it. */
  readOn(): void;
  holdUp(): void;
  readonly threw: Threw;
}

export class Relay implements RelayedSocketOwner {
  readonly #options: RelayOptions;
  readonly outlet: Outlet;
  readonly #sockets = new Map<string, RelayedSocket>();
  /** Of connections that were refused or closed here; frames may still be on their way. */
  readonly #past = new Set<string>();
  #heldBytes = 0;
  /** `held`: the stream stands still, until `#stall` comes; `cutting`: it has, and a connection is being closed. */
  #reading: "flowing" | "held" | "cutting" = "flowing";
  #stall: NodeJS.Timeout | undefined;
  /** Why no further ones are taken. */
  #refusal: string | undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.outlet = options.outlet;
  }

  get size(): number {
    return this.#sockets.size;
  }

  /** Whether so much waits for the connector that the stream should not be read. */
  get saturated(): boolean {
    return this.#reading !== "flowing";
  }

  /** `because`: why it cannot be taken, where that is known before. */
  opened({ connectionId, path, queryString, headers: given }: WebSocketOpenRequest, because?: string): void {
    // Part of the address, and on some transports only.
    const { [relayAddress]: _address, ...headers } = given;
    const earlier = this.#sockets.get(connectionId);
    earlier?.cut(
      { code: closeCodes.lost, reason: "the page opened another connection of the same name" },
      false,
    );
    const { connector } = this.#options;
    const refusal =
      because ?? this.#refusal ?? (connector.relay ? this.#full : "the connector takes no WebSockets");
    if (refusal !== undefined) return this.#refuse(connectionId, refusal);
    const socket = new RelayedSocket(connectionId, this);
    this.#past.delete(connectionId);
    this.#sockets.set(connectionId, socket);
    const late = setTimeout(
      () => socket.expired("the connector did not decide in time"),
      relayLimits.openTimeoutMs,
    );
    socket.over = () => clearTimeout(late);
    void this.#decide(socket, { connectionId, path, query: queryString, headers }).finally(() =>
      clearTimeout(late),
    );
  }

  /** Ends a wrong frame's connection, and says so for one that nobody knows. */
  frame(message: WebSocketFrame): void {
    const { connectionId } = message;
    const socket = this.#sockets.get(connectionId);
    if (!socket) return this.#unknown(connectionId);
    const frame = frameIn(message);
    if ("fault" in frame) socket.cut(frame.fault, true);
    else socket.frame(frame);
  }

  /** A frame that is too long to be taken. */
  oversized(connectionId: string): void {
    const reason = "a frame is above maxMessageBytes of the connector";
    this.#sockets.get(connectionId)?.cut({ code: closeCodes.tooLong, reason }, true);
  }

  closed({ connectionId, code, reason }: WebSocketCloseRequest): void {
    this.#sockets.get(connectionId)?.closedByPeer({ code: code || closeCodes.none, reason });
  }

  /** No further ones; those that are open are told to go elsewhere. */
  drain(): void {
    this.#refusal = "the connector is shutting down";
    for (const socket of [...this.#sockets.values()])
      socket.cut({ code: closeCodes.goingAway, reason: "the connector is shutting down" }, true);
  }

  /** The stream is over. */
  end(): void {
    this.#refusal = "the stream is over";
    for (const socket of [...this.#sockets.values()])
      socket.cut({ code: closeCodes.lost, reason: "the stream to the gateway is gone" }, false);
    clearTimeout(this.#stall);
  }

  /** Part of the sockets' face. */
  held(bytes: number): void {
    this.#heldBytes += bytes;
    if (this.#reading === "flowing" && this.#heldBytes > relayLimits.heldBytes) this.#holdUp();
    else if (this.#reading === "held" && this.#heldBytes <= relayLimits.heldBytes / 2) this.#readOn();
  }

  left(socket: RelayedSocket): void {
    const { connectionId } = socket;
    if (this.#sockets.get(connectionId) !== socket) return;
    this.#sockets.delete(connectionId);
    this.#remember(connectionId);
  }

  threw(connectionId: string, error: unknown): void {
    const unexpected = unexpectedError(error);
    if (unexpected)
      this.#options.threw(
        { connectionId, ...traceOf(unexpected) },
        "a handler of a WebSocket threw an unexpected error",
      );
  }

  get #full(): string | undefined {
    return this.#sockets.size < relayLimits.connections
      ? undefined
      : `the connector has ${relayLimits.connections} WebSockets open already`;
  }

  async #decide(
    socket: RelayedSocket,
    opening: Parameters<NonNullable<Connector["relay"]>>[0],
  ): Promise<void> {
    try {
      const handler = await this.#options.connector.relay?.(opening, socket);
      if (typeof handler?.frame === "function") socket.taken(handler);
      else throw new TypeError("relay must return an object with the function frame, or throw to refuse.");
    } catch (error) {
      this.threw(socket.connectionId, error);
      socket.refused(textOf(error).slice(0, maxErrorText) || "refused");
    }
  }

  #holdUp(): void {
    this.#reading = "held";
    this.#stall = setTimeout(() => this.#endSlowest(), relayLimits.stallMs);
    this.#options.holdUp();
  }

  #readOn(): void {
    this.#reading = "flowing";
    clearTimeout(this.#stall);
    this.#options.readOn();
  }

  /** What stands still longer than that is closed, so that the rest goes on. */
  #endSlowest(): void {
    this.#reading = "cutting";
    let slowest: RelayedSocket | undefined;
    for (const one of this.#sockets.values()) if (one.heldBytes > (slowest?.heldBytes ?? 0)) slowest = one;
    slowest?.cut({ code: closeCodes.tooSlow, reason: "the connector takes frames too slowly" }, true);
    if (this.#heldBytes > relayLimits.heldBytes / 2) this.#holdUp();
    else this.#readOn();
  }

  #refuse(connectionId: string, error: string): void {
    this.#remember(connectionId);
    const value = create(WebSocketOpenResponseSchema, { connectionId, success: false, error });
    this.outlet.sendNow({ case: "wsOpenResponse", value });
  }

  /** Once for each name: a page may have sent many before it learns that. */
  #unknown(connectionId: string): void {
    if (this.#past.has(connectionId)) return;
    this.#remember(connectionId);
    const reason = "there is no such connection";
    const value = create(WebSocketCloseRequestSchema, { connectionId, code: closeCodes.notAllowed, reason });
    this.outlet.sendNow({ case: "wsCloseRequest", value });
  }

  #remember(connectionId: string): void {
    this.#past.add(connectionId);
    if (this.#past.size <= relayLimits.rememberedNames) return;
    const [oldest] = this.#past;
    if (oldest !== undefined) this.#past.delete(oldest);
  }
}
