/**
 * One WebSocket on the gateway's side: a Phoenix channel that carries the registrations of a tenant. Each has a stream
 * of the core's own; what comes is told apart by what it says.
 */
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import type { RawData, WebSocket } from "ws";
import { type StreamMessage, StreamMessageSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { registrationKey } from "../protocol/identity.js";
import { highWaterBytes } from "../protocol/limits.js";
import { OversizedMessage } from "../protocol/oversized-message.js";
import {
  bytesOf,
  carriedBy,
  type Frame,
  FrameWriter,
  fine,
  frameOf,
  isHeartbeat,
  lobby,
  replyTo,
} from "../protocol/phoenix-frames.js";
import type { ConnectorStream } from "./connector-stream.js";
import type { GatewayCore } from "./core.js";

export class ConnectorSocket {
  readonly #core: GatewayCore;
  readonly #ws: WebSocket;
  readonly #writer = new FrameWriter();
  /** By the registration's key. */
  readonly #streams = new Map<string, ConnectorStream>();
  /** Whose request an answer is for. */
  readonly #asked = new Map<string, ConnectorStream>();

  constructor(core: GatewayCore, ws: WebSocket) {
    this.#core = core;
    this.#ws = ws;
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => this.#received(data, isBinary));
    ws.once("close", () => this.#over());
  }

  #received(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer; // `nodebuffer`, the default of the package
    if (isBinary) return this.#carried(bytes);
    const frame = frameOf(bytes.toString("utf8"));
    if (frame) this.#take(frame);
  }

  #take(frame: Frame): void {
    if (isHeartbeat(frame)) return this.#write(replyTo(frame, fine));
    if (frame.topic !== lobby)
      return this.#write(replyTo(frame, { status: "error", response: { reason: "unmatched topic" } }));
    if (frame.event === "phx_join") {
      this.#writer.joinedBy(frame.joinRef);
      return this.#write(replyTo(frame, fine));
    }
    if (frame.event === "phx_leave") {
      this.#write(replyTo(frame, fine));
      return this.#ws.close(1000);
    }
    const text = carriedBy(frame);
    const bytes = text === undefined ? undefined : bytesOf(text);
    if (bytes) this.#carried(bytes);
  }

  #carried(bytes: Buffer): void {
    if (bytes.length > this.#core.maxMessageBytes) {
      const oversized = new OversizedMessage(bytes.length);
      oversized.take(bytes, 0);
      const remainder = oversized.remainder();
      return this.#streamOf(remainder)?.oversized(remainder, bytes.length);
    }
    try {
      const message = fromBinary(StreamMessageSchema, bytes);
      this.#streamOf(message)?.receive(message);
    } catch {
      this.#core.options.logger?.warn({ bytes: bytes.length }, "what came on a WebSocket is no message");
    }
  }

  #streamOf({ message }: StreamMessage): ConnectorStream | undefined {
    switch (message.case) {
      case "registerRequest": {
        const key = registrationKey(message.value);
        return this.#streams.get(key) ?? this.#open(key);
      }
      case "executeResponse": {
        const { requestId } = message.value;
        const stream = this.#asked.get(requestId);
        this.#asked.delete(requestId);
        return stream ?? this.#any();
      }
      case "heartbeatRequest":
        return this.#streams.get(message.value.gatewayId) ?? this.#any();
      case "metricsReport":
        return this.#streams.get(keyOfArn(message.value.connectorArn)) ?? this.#any();
      default:
        return this.#any();
    }
  }

  #any(): ConnectorStream | undefined {
    const [first] = this.#streams.values();
    return first;
  }

  #open(key: string): ConnectorStream {
    const stream = this.#core.openStream(() => this.#ws.terminate());
    this.#streams.set(key, stream);
    void this.#pump(stream);
    return stream;
  }

  /** A channel has no word for the end of one registration: with its stream the whole socket ends. */
  async #pump(stream: ConnectorStream): Promise<void> {
    try {
      for await (const message of stream.outbound) {
        if (message.message.case === "executeRequest")
          this.#asked.set(message.message.value.requestId, stream);
        await this.#send(message);
      }
      this.#ws.close(1000);
    } catch (error) {
      this.#ws.close(1011, error instanceof Error ? error.message.slice(0, 100) : "");
    }
  }

  async #send(message: StreamMessage): Promise<void> {
    const data = Buffer.from(toBinary(StreamMessageSchema, message)).toString("base64");
    const text = this.#writer.message(data);
    if (this.#ws.bufferedAmount < highWaterBytes) return this.#write(text);
    await new Promise<void>((resolve) => this.#ws.send(text, () => resolve()));
  }

  #write(text: string): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#ws.send(text);
  }

  #over(): void {
    for (const stream of this.#streams.values()) {
      this.#core.closeStream(stream);
      stream.over();
    }
  }
}

const keyOfArn = (arn: string): string => arn.split(":").slice(1).join(".");
