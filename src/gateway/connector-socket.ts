/**
 * One WebSocket on the gateway's side: a Phoenix channel that carries the registrations of a tenant. Each has a stream
 * of the core's own; what comes is told apart by what it says.
 */
import type { Duplex } from "node:stream";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { RawData, WebSocket } from "ws";
import {
  RegisterConnectorResponseSchema,
  RegistrationStatus,
  type StreamMessage,
  StreamMessageSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { connectorArn, type Identity, partsOfArn, registrationKey } from "../protocol/identity.js";
import { InboundMessages } from "../protocol/inbound-messages.js";
import { highWaterBytes, socketLimits } from "../protocol/limits.js";
import {
  bytesOf,
  carriedBy,
  type Frame,
  FrameWriter,
  fine,
  frameOf,
  isHeartbeat,
  lobby,
  messageEvent,
  type Reply,
  replyTo,
  textOf,
  unmatched,
} from "../protocol/phoenix-frames.js";
import { Unreadable } from "../protocol/unreadable.js";
import type { ConnectorStream } from "./connector-stream.js";
import type { GatewayCore } from "./core.js";
import { type FaultyLine, spoil } from "./socket-faults.js";

/** A client that says nothing of the contract for so long is gone, or never meant to register; in ms. */
const idleLimitMs = 120_000;

/** How a socket closes with the stream that ended so. */
const closeCodes: Partial<Readonly<Record<Code, number>>> = {
  [Code.Unavailable]: 1001,
  [Code.ResourceExhausted]: 1013,
};

export class ConnectorSocket {
  readonly #core: GatewayCore;
  readonly #ws: WebSocket;
  /** What carries it. */
  readonly #raw: Duplex;
  readonly #line: FaultyLine;
  readonly #writer = new FrameWriter();
  /** By the registration's key. */
  readonly #streams = new Map<string, ConnectorStream>();
  /** Those that may still be sent something. */
  readonly #speaking = new Set<ConnectorStream>();
  /** Those whose client was told no. */
  readonly #refused = new WeakSet<ConnectorStream>();
  /** Whose request an answer is for. */
  readonly #asked = new Map<string, ConnectorStream>();
  readonly #inbound: InboundMessages;
  readonly #unreadable: Unreadable;
  readonly #idle: NodeJS.Timeout;

  constructor(core: GatewayCore, ws: WebSocket, raw: Duplex) {
    this.#core = core;
    this.#ws = ws;
    this.#raw = raw;
    this.#line = { writer: this.#writer, raw, say: (text) => this.#say(text) };
    this.#unreadable = new Unreadable((facts, words) => core.options.logger?.warn(facts, words));
    this.#inbound = new InboundMessages(core.maxMessageBytes, {
      message: (message) => this.#take(message),
      oversized: (remainder, bytes) => this.#streamOf(remainder)?.oversized(remainder, bytes),
      broken: (bytes) => this.#drop(bytes),
    });
    this.#idle = setTimeout(() => ws.close(1002, "no message came"), idleLimitMs).unref();
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => this.#received(data, isBinary));
    ws.once("close", () => this.#over());
  }

  #received(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer; // `nodebuffer`, the default of the package
    if (isBinary) return this.#carried(bytes);
    const frame = frameOf(bytes.toString("utf8"));
    if (frame) this.#answer(frame);
    else this.#drop(bytes.length);
  }

  #drop(bytes: number): void {
    this.#core.figures.unreadableMessages += 1;
    this.#unreadable.add(bytes);
  }

  #answer(frame: Frame): void {
    if (isHeartbeat(frame)) return this.#reply(frame, fine);
    if (frame.topic !== lobby) return this.#reply(frame, unmatched);
    if (frame.event === "phx_join") {
      this.#writer.joinedBy(frame.joinRef);
      const { delayJoinMs } = this.#core.faults.current;
      return this.#core.later(delayJoinMs, () => this.#reply(frame, fine));
    }
    if (frame.event === "phx_leave") {
      this.#reply(frame, fine);
      return this.#ws.close(1000);
    }
    const text = carriedBy(frame);
    const bytes = text === undefined ? undefined : bytesOf(text);
    if (bytes) this.#carried(bytes);
    else if (frame.event === messageEvent) this.#drop(0);
  }

  #carried(bytes: Buffer): void {
    this.#idle.refresh();
    this.#inbound.bytes(bytes);
  }

  #take(message: StreamMessage): void {
    const stream = this.#streamOf(message);
    if (stream) return stream.receive(message);
    // Nobody here waits for it, but it is counted.
    if (message.message.case === "executeResponse") this.#core.answered(undefined, message.message.value);
  }

  #streamOf({ message }: StreamMessage): ConnectorStream | undefined {
    switch (message.case) {
      case "registerRequest":
        return this.#openFor(message.value);
      case "executeResponse":
        return this.#askerOf(message.value.requestId);
      case "heartbeatRequest":
      case "heartbeatResponse":
        return this.#streams.get(message.value.gatewayId) ?? this.#any();
      case "metricsReport":
        return this.#named(message.value.connectorArn);
      case "invokeRequest":
        return this.#named(message.value.context.connector_arn ?? "");
      case "wsOpenResponse":
      case "wsFrame":
      case "wsCloseRequest":
        return this.#relaying(message.value.connectionId);
      default:
        return this.#any();
    }
  }

  /** One that went out on an earlier socket may be answered here. Any stream tells one that was answered before. */
  #askerOf(requestId: string): ConnectorStream | undefined {
    const asker = this.#asked.get(requestId);
    this.#asked.delete(requestId);
    return asker ?? this.#openAt(requestId) ?? this.#any();
  }

  #openAt(requestId: string): ConnectorStream | undefined {
    return [...this.#streams.values()].find(({ registration }) => registration?.open.has(requestId));
  }

  #named(arn: string): ConnectorStream | undefined {
    return this.#streams.get(partsOfArn(arn)?.key ?? "") ?? this.#any();
  }

  #relaying(connectionId: string): ConnectorStream | undefined {
    for (const stream of this.#streams.values()) if (stream.sockets.has(connectionId)) return stream;
    return undefined;
  }

  #any(): ConnectorStream | undefined {
    const [first] = this.#speaking;
    return first ?? this.#streams.values().next().value;
  }

  /** One that has ended stays for a while: what the client had on its way still counts. */
  #openFor(identity: Identity): ConnectorStream {
    const key = registrationKey(identity);
    const known = this.#streams.get(key);
    if (known && !known.outbound.isEnded) return known;
    if (known) this.#ended(key, known);
    const stream: ConnectorStream = this.#core.openStream(() => this.#reset(key, stream));
    this.#streams.set(key, stream);
    this.#speaking.add(stream);
    void this.#pump(key, connectorArn(identity), stream);
    return stream;
  }

  async #pump(key: string, arn: string, stream: ConnectorStream): Promise<void> {
    let code = 1000;
    let why = "";
    try {
      for await (const message of stream.outbound) await this.#send(addressed(message, arn, stream), stream);
    } catch (error) {
      code = (error instanceof ConnectError && closeCodes[error.code]) || 1011;
      why = error instanceof ConnectError ? error.rawMessage : "";
    }
    this.#speaking.delete(stream);
    const knows = this.#refused.has(stream) || this.#isElsewhere(key, stream);
    if (this.#speaking.size > 0 && code !== 1000) return this.#write(refusal(arn, why));
    // A channel has no word for the end of one registration: who does not know of it learns it with the whole socket.
    if (this.#speaking.size === 0 || !knows)
      setImmediate(() => this.#ws.close(code, Buffer.from(why).subarray(0, 120)));
  }

  #isElsewhere(key: string, stream: ConnectorStream): boolean {
    const now = this.#core.registry.get(key)?.stream;
    return now !== undefined && now !== stream;
  }

  #reset(key: string, stream: ConnectorStream): void {
    this.#speaking.delete(stream);
    if (this.#speaking.size === 0) this.#ws.terminate();
    else this.#ended(key, stream);
  }

  #ended(key: string, stream: ConnectorStream): void {
    if (this.#streams.get(key) === stream) this.#streams.delete(key);
    for (const [id, asker] of this.#asked) if (asker === stream) this.#asked.delete(id);
    this.#core.closeStream(stream);
    stream.over();
  }

  async #send(message: StreamMessage, stream: ConnectorStream): Promise<void> {
    const { message: body } = message;
    if (body.case === "executeRequest") this.#asked.set(body.value.requestId, stream);
    if (body.case === "registerResponse" && !body.value.success) this.#refused.add(stream);
    await this.#write(message);
  }

  /** Waits while the client does not read. */
  async #write(message: StreamMessage): Promise<void> {
    const text = this.#writer.message(textOf(toBinary(StreamMessageSchema, message)));
    if (!spoil(this.#core.faults, this.#line, text)) return;
    if (this.#ws.bufferedAmount < highWaterBytes || !this.#raw.writable) return this.#say(text);
    await new Promise<void>((resolve) => this.#ws.send(text, () => resolve()));
  }

  /** Not while the client reads nothing: what it asks without end must not pile up. */
  #reply(frame: Frame, reply: Reply): void {
    if (this.#ws.bufferedAmount <= socketLimits.highWaterBytes) this.#say(replyTo(frame, reply));
  }

  #say(text: string): void {
    if (this.#ws.readyState === this.#ws.OPEN && this.#raw.writable) this.#ws.send(text);
  }

  #over(): void {
    clearTimeout(this.#idle);
    for (const [key, stream] of [...this.#streams]) this.#ended(key, stream);
  }
}

/** On a shared socket a refusal must say whose it is. */
function addressed(message: StreamMessage, arn: string, { registration }: ConnectorStream): StreamMessage {
  const { message: body } = message;
  if (body.case !== "registerResponse" || body.value.connectorArn !== "") return message;
  const connectorArn = registration?.arn ?? arn;
  return create(StreamMessageSchema, {
    message: { case: body.case, value: { ...body.value, connectorArn } },
  });
}

const refusal = (arn: string, error: string): StreamMessage =>
  create(StreamMessageSchema, {
    message: {
      case: "registerResponse",
      value: create(RegisterConnectorResponseSchema, {
        success: false,
        status: RegistrationStatus.REJECTED,
        connectorArn: arn,
        error,
      }),
    },
  });
