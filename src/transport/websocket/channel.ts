/**
 * One WebSocket with the registrations on it: places, who gets which message, one heartbeat for all that ask in a turn.
 * Its life is a chart (`machines/socket.ts`); what travels on it goes past that.
 */
import { create } from "@bufbuild/protobuf";
import { createActor } from "xstate";
import { type SocketEnd, socketMachine } from "../../../machines/index.js";
import {
  HeartbeatRequestSchema,
  HeartbeatResponseSchema,
  type StreamMessage,
  StreamMessageSchema,
  type WebSocketOpenRequest,
  WebSocketOpenResponseSchema,
} from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { InboundMessages } from "../../protocol/inbound-messages.js";
import { goneLimitMs, socketLimits } from "../../protocol/limits.js";
import { encodeStreamMessage } from "../../protocol/message-writer.js";
import { carriedBy, type Frame, messageEvent } from "../../protocol/phoenix-frames.js";
import { Unreadable } from "../../protocol/unreadable.js";
import { withResolvers } from "../../with-resolvers.js";
import { abortedByUs } from "../failure-table.js";
import { closedWithoutReason, silentDial } from "../loss.js";
import { Places } from "../pool/places.js";
import type { ChannelListener, PoolChannel } from "../pool/pool.js";
import type { ChannelStatus, LinkFailure, StreamEnding } from "../transport.js";
import { Beats } from "./beats.js";
import { deafSocket, silentJoin } from "./failures.js";
import { type Line, linePort } from "./line.js";
import { type Guest, Routes } from "./routes.js";
import type { SocketOptions } from "./socket-options.js";

/** A registration's stream, as its socket knows it. */
export interface SocketGuest extends Guest {
  /** Takes a message that came in so many bytes, or keeps it while it has paused. */
  deliver(message: StreamMessage, bytes: number): void;
  oversized(remainder: StreamMessage, bytes: number): void;
  /** There is room on the socket again. */
  writable(): void;
  /** The socket is over. The last call. */
  over(ending: StreamEnding): void;
}

const message = (body: StreamMessage["message"]): StreamMessage =>
  create(StreamMessageSchema, { message: body });

/** Of the whole socket, so it names no registration. */
const heartbeat = (timestampMs: bigint): StreamMessage =>
  message({ case: "heartbeatRequest", value: create(HeartbeatRequestSchema, { timestampMs }) });

const heartbeatAnswer = (gatewayId: string): StreamMessage =>
  message({
    case: "heartbeatResponse",
    value: create(HeartbeatResponseSchema, { gatewayId, timestampMs: BigInt(Date.now()) }),
  });

/** An opening is always answered, also one for nobody who is here. */
const refusedOpening = ({ connectionId }: WebSocketOpenRequest): StreamMessage => {
  const error = "there is no such connector here";
  const value = create(WebSocketOpenResponseSchema, { connectionId, success: false, error });
  return message({ case: "wsOpenResponse", value });
};

export class SocketChannel implements PoolChannel {
  readonly id: number;
  readonly dialled: Promise<LinkFailure | null>;
  readonly gone: Promise<void>;
  readonly #options: SocketOptions;
  readonly #listener: ChannelListener<SocketChannel>;
  readonly #places: Places;
  /** Of those that have a place, or wait for the dial with one. */
  readonly #names = new Set<string>();
  readonly #routes = new Routes<SocketGuest>();
  readonly #beats = new Beats<SocketGuest>(() => this.#beat());
  readonly #inbound: InboundMessages;
  readonly #unreadable: Unreadable;
  readonly #dialled = withResolvers<LinkFailure | null>();
  readonly #gone = withResolvers<void>();
  readonly #actor;
  #line: Line | undefined;
  /** Why it is over, as the line has told before the machine knew. */
  #told: StreamEnding | undefined;
  /** Bytes that wait for registrations that have paused. */
  #heldBytes = 0;
  /** Whom the heartbeat names whose answer waits for room. */
  #asker: string | undefined;
  /** Those that were told to stop sending. */
  readonly #stopped = new Set<SocketGuest>();

  constructor(id: number, options: SocketOptions, listener: ChannelListener<SocketChannel>) {
    this.id = id;
    this.dialled = this.#dialled.promise;
    this.gone = this.#gone.promise;
    this.#options = options;
    this.#listener = listener;
    this.#places = new Places(options.places);
    this.#unreadable = new Unreadable((facts, words) => options.warn({ connection: id, ...facts }, words));
    this.#inbound = new InboundMessages(options.maxMessageBytes, {
      message: (one, bytes) => this.#route(one, bytes),
      oversized: (remainder, bytes) => this.#guestOf(remainder)?.oversized(remainder, bytes),
      broken: (bytes) => this.#unreadable.add(bytes),
    });
    this.#actor = createActor(socketMachine.provide({ actors: { line: this.#port() } }), {
      input: { policy: options.policy },
    });
    this.#actor.subscribe({ next: () => this.#look(), complete: () => this.#over() });
    this.#actor.start();
  }

  get state(): ChannelStatus["state"] {
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.status !== "active") return "closed";
    if (snapshot.hasTag("dialling")) return "dialling";
    return snapshot.hasTag("ready") ? "ready" : "draining";
  }

  get open(): boolean {
    const { state } = this;
    return (state === "dialling" || state === "ready") && this.#places.free && !this.#isAsked;
  }

  /** Two of one name could not be told apart by what comes for them. */
  has(name: string): boolean {
    return this.#names.has(name);
  }

  readonly overbooked = false;

  get doubt(): Promise<void> | undefined {
    return undefined;
  }

  get failure(): LinkFailure | undefined {
    return this.#told?.failure;
  }

  status(): ChannelStatus {
    return { ...this.#places.status(this.id, this.state), unreadable: this.#unreadable.count };
  }

  /** A socket without a registration is left: that is how a peer learns that the last of them has gone. */
  reserve(name: string): () => void {
    this.#names.add(name);
    return this.#places.take(() => {
      this.#names.delete(name);
      if (this.#places.taken === 0) this.close();
    });
  }

  ask(): void {
    if (this.state !== "closed") this.#actor.send({ type: "ask" });
  }

  retire(): void {
    if (this.state !== "ready") return;
    this.#actor.send({ type: "retire" });
    if (this.#places.taken === 0) this.close();
  }

  close(): void {
    if (this.state === "closed") return;
    this.#told ??= abortedByUs;
    this.#actor.send({ type: "leave" });
  }

  admit(guest: SocketGuest): void {
    this.#routes.admit(guest);
  }

  evict(guest: SocketGuest): void {
    this.#stopped.delete(guest);
    this.#routes.evict(guest);
  }

  /** Returns the bytes that wait until `written` is called; undefined: the message is beyond the limit. */
  send(guest: SocketGuest, one: StreamMessage, written: () => void): number | undefined {
    if (one.message.case === "heartbeatRequest") {
      this.#beats.ask(guest);
      written();
      return 0;
    }
    const bytes = encodeStreamMessage(one);
    if (bytes.length > this.#options.maxMessageBytes) return undefined;
    this.#routes.sent(guest, one);
    this.#line?.send(bytes, written);
    return bytes.length;
  }

  /** Whether further messages should wait; `writable` follows then. */
  isFull(guest: SocketGuest): boolean {
    const isFull = this.#isCrowded;
    if (isFull) this.#stopped.add(guest);
    return isFull;
  }

  flush(): void {
    this.#line?.flush();
  }

  /** So many bytes more (or fewer) wait for a registration that has paused. One that holds much holds up all. */
  held(bytes: number): void {
    const before = this.#heldBytes;
    this.#heldBytes += bytes;
    if (before <= socketLimits.heldBytes && this.#heldBytes > socketLimits.heldBytes) {
      this.#line?.pause();
      this.#actor.send({ type: "reading.held" });
    } else if (before > socketLimits.heldBytes && this.#heldBytes <= socketLimits.heldBytes) {
      this.#line?.resume();
      this.#actor.send({ type: "reading.resumed" });
    }
  }

  #port() {
    return linePort(this.#options, {
      attached: (line) => {
        this.#line = line;
      },
      frame: (frame) => this.#take(frame),
      message: (bytes) => this.#inbound.bytes(bytes),
      unreadable: (bytes) => this.#unreadable.add(bytes),
      written: () => this.#makeRoom(),
      ended: (ending) => {
        this.#told ??= ending;
      },
      gone: () => this.#gone.resolve(),
    });
  }

  get #isAsked(): boolean {
    return this.#actor.getSnapshot().matches({ live: { joined: { peer: "asked" } } });
  }

  #look(): void {
    if (this.state === "ready") this.#dialled.resolve(null);
  }

  #over(): void {
    const ending = this.#told ?? this.#lateEnding(this.#actor.getSnapshot().context.end);
    this.#told = ending;
    this.#dialled.resolve(ending.failure);
    setTimeout(() => this.#gone.resolve(), goneLimitMs).unref();
    this.#listener.closed(this);
    for (const guest of [...this.#routes.guests()]) guest.over(ending);
  }

  #lateEnding(end: SocketEnd | null): StreamEnding {
    const { connectTimeoutMs, joinTimeoutMs } = this.#options.policy;
    if (end === "connect-late")
      return { by: "link", failure: silentDial("connect-timeout", connectTimeoutMs) };
    if (end === "join-late") return { by: "link", failure: silentJoin(joinTimeoutMs) };
    return { by: "link", failure: end === "deaf" ? deafSocket : closedWithoutReason };
  }

  #beat(): bigint {
    const now = BigInt(Date.now());
    this.#write(heartbeat(now));
    return now;
  }

  #write(one: StreamMessage): void {
    this.#line?.send(encodeStreamMessage(one), () => {});
  }

  #makeRoom(): void {
    if (this.#stopped.size === 0 && this.#asker === undefined) return;
    if ((this.#line?.bufferedBytes ?? 0) > socketLimits.highWaterBytes / 2) return;
    const asker = this.#asker;
    this.#asker = undefined;
    if (asker !== undefined) this.#write(heartbeatAnswer(asker));
    const waiting = [...this.#stopped];
    this.#stopped.clear();
    for (const guest of waiting) guest.writable();
  }

  #take(frame: Frame): void {
    const data = carriedBy(frame);
    if (data !== undefined) this.#inbound.text(data);
    else if (frame.event === messageEvent) this.#unreadable.add(0);
  }

  #route(one: StreamMessage, bytes: number): void {
    const { message: body } = one;
    if (body.case === "heartbeatRequest") return this.#answerHeartbeat(body.value.gatewayId);
    if (body.case === "heartbeatResponse") {
      for (const guest of this.#beats.answered(body.value.timestampMs)) guest.deliver(one, bytes);
      return;
    }
    const guest = this.#guestOf(one);
    if (guest) guest.deliver(one, bytes);
    else if (body.case === "wsOpenRequest" && !this.#isCrowded) this.#write(refusedOpening(body.value));
  }

  /** A peer that asks and does not read gets one answer for all when it reads again. */
  #answerHeartbeat(gatewayId: string): void {
    if (this.#isCrowded) this.#asker = gatewayId;
    else this.#write(heartbeatAnswer(gatewayId));
  }

  get #isCrowded(): boolean {
    return (this.#line?.bufferedBytes ?? 0) > socketLimits.highWaterBytes;
  }

  #guestOf(one: StreamMessage): SocketGuest | undefined {
    const guest = this.#routes.of(one);
    return guest === "unknown" ? undefined : guest;
  }
}
