/** WebSockets that are relayed to a connector on one of its streams, at the gateway's end. */
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { MooringError } from "../errors.js";
import {
  type WebSocketCloseRequest,
  WebSocketCloseRequestSchema,
  type WebSocketFrame,
  WebSocketOpenRequestSchema,
  type WebSocketOpenResponse,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { checkOptions } from "../options/check.js";
import { bounded } from "../options/ranges.js";
import {
  checkCloseCode,
  closeCodes,
  frameIn,
  frameMessage,
  frameWeight,
  type RelayClose,
  type RelayFrame,
  relayAddress,
  shortReason,
} from "../protocol/relay-frames.js";
import { type Resolvers, withResolvers } from "../with-resolvers.js";
import type { GatewayWebSocket, WebSocketOptions } from "./gateway.js";
import { gatewayCalls, webSocketOptions } from "./option-table.js";
import { PushQueue } from "./push-queue.js";
import type { Registration } from "./registry.js";
import type { Body } from "./unread.js";

/** Bytes of frames that may wait for whoever opened the connection; the protocol has no way to hold the connector up. */
const maxHeldBytes = 16 * 1024 * 1024;

class RelayedSocket implements GatewayWebSocket {
  readonly connectionId = randomUUID();
  readonly #send: (body: Body) => void;
  readonly #left: (socket: RelayedSocket) => void;
  readonly #frames = new PushQueue<RelayFrame>((entry) => {
    this.#heldBytes -= entry.weight;
  });
  #heldBytes = 0;
  readonly #ended: Resolvers<RelayClose> = withResolvers();
  readonly #taken: Resolvers<void> = withResolvers();
  #life: "opening" | "open" | "closed" = "opening";

  constructor(send: (body: Body) => void, left: (socket: RelayedSocket) => void) {
    this.#send = send;
    this.#left = left;
  }

  get frames(): AsyncIterableIterator<RelayFrame> {
    return this.#frames;
  }

  get closed(): Promise<RelayClose> {
    return this.#ended.promise;
  }

  /** Resolves when the connector has taken it. */
  get taken(): Promise<void> {
    return this.#taken.promise;
  }

  send(frame: RelayFrame): void {
    if (this.#life !== "open") throw new MooringError("NOT_RUNNING", "The WebSocket is closed.");
    this.#send({ case: "wsFrame", value: frameMessage(this.connectionId, frame) });
  }

  close(code: number = closeCodes.normal, reason = ""): void {
    // A page that gave no code is passed on as that.
    if (code !== closeCodes.none) checkCloseCode(code);
    if (this.#life === "closed") return;
    const { connectionId } = this;
    const value = create(WebSocketCloseRequestSchema, { connectionId, code, reason: shortReason(reason) });
    this.#send({ case: "wsCloseRequest", value });
    this.end({ code, reason });
  }

  answered({ success, error }: WebSocketOpenResponse): void {
    if (this.#life !== "opening") return;
    if (!success) {
      this.#taken.reject(new MooringError("INVOKE_FAILED", `The connector refused the WebSocket: ${error}`));
      return this.end({ code: closeCodes.lost, reason: error });
    }
    this.#life = "open";
    this.#taken.resolve();
  }

  frame(message: WebSocketFrame): void {
    const frame = frameIn(message);
    if ("fault" in frame) return this.close(frame.fault.code, frame.fault.reason);
    const entry = this.#frames.push(frame);
    if (!entry) return;
    entry.weight = frameWeight(frame);
    this.#heldBytes += entry.weight;
    if (this.#heldBytes > maxHeldBytes) this.close(closeCodes.tooSlow, "its frames are taken too slowly");
  }

  end(close: RelayClose): void {
    if (this.#life === "closed") return;
    if (this.#life === "opening")
      this.#taken.reject(
        new MooringError("STREAM_ERROR", "The stream of the connector ended before it had answered."),
      );
    this.#life = "closed";
    this.#left(this);
    this.#frames.end();
    this.#ended.resolve(close);
  }
}

/** Those of one stream. */
export class RelayedSockets {
  readonly #send: (body: Body) => void;
  readonly #open = new Map<string, RelayedSocket>();

  constructor(send: (body: Body) => void) {
    this.#send = send;
  }

  /** Resolves when the connector has taken it. Rejects with INVOKE_FAILED when it refuses, and with TIMEOUT. */
  async open(arn: string, options: WebSocketOptions): Promise<GatewayWebSocket> {
    const { path = "/", query = "", headers = {} } = options;
    const timeoutMs = bounded(
      "timeoutMs",
      options.timeoutMs ?? webSocketOptions.timeoutMs.default,
      webSocketOptions.timeoutMs,
    );
    const socket = new RelayedSocket(this.#send, ({ connectionId }) => this.#open.delete(connectionId));
    const { connectionId } = socket;
    this.#open.set(connectionId, socket);
    const value = create(WebSocketOpenRequestSchema, {
      connectionId,
      path,
      queryString: query,
      headers: { ...headers, [relayAddress]: arn },
    });
    this.#send({ case: "wsOpenRequest", value });
    const { promise: late, reject } = withResolvers<never>();
    const words = `The connector did not take the WebSocket within ${timeoutMs} ms.`;
    const timer = setTimeout(() => reject(new MooringError("TIMEOUT", words)), timeoutMs);
    try {
      await Promise.race([socket.taken, late]);
      return socket;
    } catch (error) {
      socket.close(closeCodes.goingAway, "nobody waits for it any more");
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  has(connectionId: string): boolean {
    return this.#open.has(connectionId);
  }

  answered(response: WebSocketOpenResponse): void {
    this.#open.get(response.connectionId)?.answered(response);
  }

  frame(frame: WebSocketFrame): void {
    this.#open.get(frame.connectionId)?.frame(frame);
  }

  closed({ connectionId, code, reason }: WebSocketCloseRequest): void {
    this.#open.get(connectionId)?.end({ code, reason });
  }

  /** The stream is over. */
  end(): void {
    const lost = { code: closeCodes.lost, reason: "the connector's stream is gone" };
    for (const socket of [...this.#open.values()]) socket.end(lost);
  }
}

/** On the stream that serves the registration. */
export async function openWebSocketAt(
  { key, arn, stream }: Registration,
  options: WebSocketOptions,
): Promise<GatewayWebSocket> {
  checkOptions(options, gatewayCalls.WebSocketOptions);
  if (stream?.isServing) return stream.sockets.open(arn, options);
  throw new MooringError("NOT_RUNNING", `${key} does not serve now: no WebSocket can be opened to it.`);
}
