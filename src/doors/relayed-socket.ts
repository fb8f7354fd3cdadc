/** One relayed WebSocket: its frames in order to the connector, and what the connector sends, in order to the page. */
import { create } from "@bufbuild/protobuf";
import type { RelayClose, RelayFrame, RelayHandler, RelaySocket } from "../connectors/relay.js";
import { isThenable } from "../connectors/thenable.js";
import {
  WebSocketCloseRequestSchema,
  type WebSocketFrame,
  WebSocketOpenResponseSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { relayLimits } from "../protocol/limits.js";
import {
  checkCloseCode,
  closeCodes,
  frameMessage,
  frameWeight,
  shortReason,
} from "../protocol/relay-frames.js";
import { type Resolvers, withResolvers } from "../with-resolvers.js";
import { type Body, type Outlet, streamError, textBytes } from "./outlet.js";

/** What its relay knows of it. */
export interface RelayedSocketOwner {
  readonly outlet: Outlet;
  /** So many bytes more, or less, wait for the connector. */
  held(bytes: number): void;
  /** It is over, for its handler, too. */
  left(socket: RelayedSocket): void;
  /** A handler threw what nobody meant to throw. */
  threw(connectionId: string, error: unknown): void;
}

/** Of each frame for which there is room: a promise for each costs more than the frame. */
const atOnce = Promise.resolve();

const closedError = () => streamError("the WebSocket is closed");

/** A frame of the connector's that waits until the connection is taken. */
interface EarlyFrame {
  readonly value: WebSocketFrame;
  readonly sent: Resolvers<void>;
}

/** A few plain states and no chart: a frame asks for one, and there may be thousands in a second. */
export class RelayedSocket implements RelaySocket {
  readonly connectionId: string;
  readonly #owner: RelayedSocketOwner;
  readonly #closed = new AbortController();
  /** Undefined until the connector has taken it. */
  #handler: RelayHandler | undefined;
  /** `opening`: the connector has not decided; `busy`: it has a frame, and has not settled. */
  #state: "opening" | "idle" | "busy" | "closed" = "opening";
  /** What waits for the connector, oldest first: a close comes last. */
  #inbound: RelayFrame[] = [];
  #peerClose: RelayClose | undefined;
  heldBytes = 0;
  /** What was sent before it was taken. */
  #early: EarlyFrame[] = [];
  /** Frames of the connector's that wait for room. */
  readonly #outgoing = new Set<Body>();
  /** Called when it is over. */
  over: () => void = () => {};

  constructor(connectionId: string, owner: RelayedSocketOwner) {
    this.connectionId = connectionId;
    this.#owner = owner;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  send(frame: RelayFrame): Promise<void> {
    const sent = this.#send(frame);
    if (sent === atOnce) return sent;
    // Who does not wait for it is not ended by it either.
    sent.catch(() => {});
    return sent;
  }

  close(code: number = closeCodes.normal, reason = ""): void {
    checkCloseCode(code);
    if (this.#state === "closed") return;
    if (this.#state === "opening" && !this.#peerClose) {
      this.#answer("");
      this.#sendEarly();
    }
    if (!this.#peerClose) this.#sendClose(code, reason);
    this.#end(undefined);
  }

  /** The connector has taken it: what waits comes, and goes. */
  taken(handler: RelayHandler): void {
    // It was closed meanwhile, by whomever: the handler learns it, so that it can let go of what it has made for it.
    if (this.#state === "closed") return this.#tellClosed(handler, this.#peerClose);
    this.#handler = handler;
    this.#state = "idle";
    if (!this.#peerClose) {
      this.#answer("");
      this.#sendEarly();
    }
    this.#goOn();
  }

  /** The connector does not take it; `why`: what the page may know. */
  refused(why: string): void {
    if (this.#state !== "opening") return;
    if (!this.#peerClose) this.#answer(why);
    this.#end(undefined);
  }

  /** The connector has not decided in time. What it decides later is told of the end, so that it can let go. */
  expired(why: string): void {
    if (this.#state !== "opening") return;
    if (!this.#peerClose) this.#answer(why);
    this.#end({ code: closeCodes.lost, reason: why });
  }

  /** A frame from the page. */
  frame(frame: RelayFrame): void {
    if (this.#state === "closed" || this.#peerClose) return;
    if (this.#state === "idle" && this.#handler && this.#inbound.length === 0) {
      this.#hand(this.#handler, frame);
      return this.#goOn();
    }
    const weight = frameWeight(frame);
    this.heldBytes += weight;
    this.#inbound.push(frame);
    this.#owner.held(weight);
  }

  /** The page has closed it: told after the frames that came before. */
  closedByPeer(close: RelayClose): void {
    if (this.#state === "closed" || this.#peerClose) return;
    this.#peerClose = close;
    // A connector that has not decided yet may stop what it does for it; one that takes it gets the frames first.
    this.#closed.abort(closedError());
    this.#withdraw();
    if (this.#state === "idle") this.#end(close);
  }

  /** Closed at once on both sides, for a reason of the runtime's. */
  cut(close: RelayClose, tellPage: boolean): void {
    if (this.#state === "closed") return;
    if (tellPage && this.#state === "opening") this.#answer(close.reason);
    else if (tellPage) this.#sendClose(close.code, close.reason);
    else this.#withdraw();
    this.#end(close);
  }

  #send(frame: RelayFrame): Promise<void> {
    try {
      const value = this.#checked(frame);
      if (this.#state !== "opening")
        return this.#owner.outlet.sendAtOnce({ case: "wsFrame", value }) ? atOnce : this.#pass(value);
      const sent = withResolvers<void>();
      this.#early.push({ value, sent });
      return sent.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #checked(frame: RelayFrame): WebSocketFrame {
    if (this.#closed.signal.aborted) throw closedError();
    const value = frameMessage(this.connectionId, frame);
    this.#owner.outlet.check("The frame", value.data.length + textBytes(this.connectionId));
    if (this.#early.length + this.#outgoing.size >= relayLimits.waitingFrames)
      throw streamError(`${relayLimits.waitingFrames} frames wait for room already: wait for each send`);
    return value;
  }

  async #pass(value: WebSocketFrame): Promise<void> {
    const body: Body = { case: "wsFrame", value };
    this.#outgoing.add(body);
    try {
      await this.#owner.outlet.send(body);
    } finally {
      this.#outgoing.delete(body);
    }
  }

  /** The page is gone: another may have the id when there is room. */
  #withdraw(): void {
    for (const body of this.#outgoing) this.#owner.outlet.withdraw(body, closedError());
  }

  /** Right after the answer, before any frame is handed to the connector. */
  #sendEarly(): void {
    const early = this.#early;
    this.#early = [];
    for (const { value, sent } of early) this.#pass(value).then(sent.resolve, sent.reject);
  }

  /** Gives a frame to the connector, which is free for it. */
  #hand(handler: RelayHandler, frame: RelayFrame): void {
    this.#state = "busy";
    try {
      const settled = handler.frame(frame);
      if (!isThenable(settled)) return this.#free();
      settled.then(
        () => {
          this.#free();
          this.#goOn();
        },
        (error: unknown) => this.#failed(error),
      );
    } catch (error) {
      this.#failed(error);
    }
  }

  #free(): void {
    if (this.#state === "busy") this.#state = "idle";
  }

  /** What waits, while the connector takes it at once. */
  #goOn(): void {
    while (this.#state === "idle" && this.#handler) {
      const next = this.#inbound.shift();
      if (!next) break;
      const weight = frameWeight(next);
      this.heldBytes -= weight;
      this.#hand(this.#handler, next);
      // Last: the stream may read on from within, and bring more.
      this.#owner.held(-weight);
    }
    if (this.#state === "idle" && this.#peerClose) this.#end(this.#peerClose);
  }

  #failed(error: unknown): void {
    if (this.#state === "closed") return;
    this.#owner.threw(this.connectionId, error);
    this.cut({ code: closeCodes.failed, reason: "the connector failed" }, true);
  }

  /** `close`: what the handler is told; undefined when it has closed the connection by itself. */
  #end(close: RelayClose | undefined): void {
    this.#state = "closed";
    this.#peerClose ??= close;
    this.#owner.held(-this.heldBytes);
    this.heldBytes = 0;
    this.#inbound = [];
    const handler = this.#handler;
    this.#handler = undefined;
    this.#owner.left(this);
    this.#closed.abort(closedError());
    for (const { sent } of this.#early) sent.reject(closedError());
    this.#early = [];
    this.over();
    if (close && handler) this.#tellClosed(handler, close);
  }

  #tellClosed(handler: RelayHandler, close: RelayClose | undefined): void {
    if (!close) return;
    try {
      handler.closed?.(close);
    } catch (error) {
      this.#owner.threw(this.connectionId, error);
    }
  }

  /** `error`: empty when it is taken. */
  #answer(error: string): void {
    const { connectionId } = this;
    const value = create(WebSocketOpenResponseSchema, { connectionId, success: error === "", error });
    this.#owner.outlet.sendNow({ case: "wsOpenResponse", value });
  }

  #sendClose(code: number, reason: string): void {
    const { connectionId } = this;
    const value = create(WebSocketCloseRequestSchema, { connectionId, code, reason: shortReason(reason) });
    // After what waits for room; when the stream ends meanwhile, the connection has ended with it.
    this.#owner.outlet.send({ case: "wsCloseRequest", value }).catch(() => {});
  }
}
