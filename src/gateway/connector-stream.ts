/**
 * One Connect stream on the gateway's side: answers registers and heartbeats, passes answers on, and sends what
 * the gateway wants sent.
 */
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import {
  ApprovalNotificationSchema,
  CredentialsIssuedSchema,
  type ExecuteRequest,
  type HeartbeatRequest,
  HeartbeatRequestSchema,
  HeartbeatResponseSchema,
  type RegisterConnectorRequest,
  type RegisterConnectorResponse,
  RegisterConnectorResponseSchema,
  RegistrationStatus,
  type StreamMessage,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { defaultMaxUnreadBytes, maxUnreadMessages } from "../protocol/limits.js";
import { receiveLimits } from "../serving/http-server.js";
import type { GatewayCore } from "./core.js";
import { invokeFor } from "./invocations.js";
import { checkSize } from "./message-limit.js";
import { PushQueue, type QueueEntry } from "./push-queue.js";
import type { Registration } from "./registry.js";
import { RelayedSockets } from "./relayed-sockets.js";
import { dismissedFrom, noRole, representedBy, type StreamRole } from "./stream-role.js";
import { type Body, type Holder, message, unreadWeight } from "./unread.js";

const none = new Uint8Array();

/** How long a client may take to read the end of its stream, in ms. */
const endLimitMs = 10_000;

/** How long a client may take to ask for a registration, in ms: as long as for any other request. */
const registerLimitMs = receiveLimits.requestTimeout;

export class ConnectorStream implements Holder {
  readonly outbound = new PushQueue<StreamMessage>(({ item: { message: body }, weight }) => {
    this.#weigh(-weight);
    if (body.case !== "executeRequest") return;
    const entries = this.#unread.get(body.value);
    entries?.shift();
    if (entries?.length === 0) this.#unread.delete(body.value);
  });
  /** WebSockets that are relayed on it. */
  readonly sockets = new RelayedSockets((body) => this.#send(body));
  readonly #core: GatewayCore;
  /** Sends RST_STREAM. */
  readonly reset: () => void;
  role: StreamRole = noRole;
  #unreadBytes = 0;
  /** Where requests wait to be read; a fault sends one twice. */
  readonly #unread = new Map<ExecuteRequest, QueueEntry<StreamMessage>[]>();
  /** Ends it for a client that does not read that it has ended. */
  #endLimit: NodeJS.Timeout | undefined;

  /** Ends it for a client that never asks for a registration. */
  readonly #registerLimit: NodeJS.Timeout;

  constructor(core: GatewayCore, reset: () => void) {
    this.#core = core;
    this.reset = reset;
    this.#registerLimit = setTimeout(() => {
      this.fail(Code.DeadlineExceeded, `no register request came within ${registerLimitMs} ms`);
    }, registerLimitMs).unref();
  }

  /** The registration that it stands for. */
  get registration(): Registration | undefined {
    return representedBy(this.role);
  }

  get isServing(): boolean {
    return this.role.name === "serving";
  }

  receive({ message: body }: StreamMessage): void {
    if (this.#core.faults.current.deaf) return this.#core.emit({ type: "fault", name: "deaf" });
    switch (body.case) {
      case "registerRequest":
        clearTimeout(this.#registerLimit);
        this.#register(body.value);
        return;
      case "heartbeatRequest":
        return this.#heartbeat(body.value);
      case "heartbeatResponse":
        return this.#core.heartbeatAnswered(this.registration);
      case "executeResponse":
        return this.#core.answered(this.isServing ? this.registration : undefined, body.value);
      case "metricsReport":
        return this.#core.metrics(this.registration, body.value);
      case "invokeRequest":
        return void invokeFor(
          this.#core,
          this.isServing ? this.registration : undefined,
          body.value,
          (answer) => this.#send(answer),
        );
      case "wsOpenResponse":
        return this.sockets.answered(body.value);
      case "wsFrame":
        return this.sockets.frame(body.value);
      case "wsCloseRequest":
        return this.sockets.closed(body.value);
      default:
    }
  }

  /** A message beyond the limit was read past; `remainder` is what its small fields make. */
  oversized(remainder: StreamMessage, bytes: number): void {
    const { message: body } = remainder;
    const limit = `above maxMessageBytes (${this.#core.maxMessageBytes}) of the gateway`;
    this.#core.options.logger?.warn({ kind: body.case, bytes }, `a message ${limit} was dropped`);
    if (body.case === "registerRequest") {
      clearTimeout(this.#registerLimit);
      const error = "the register request is larger than the gateway takes";
      return this.answerRegister({ success: false, status: RegistrationStatus.REJECTED, error });
    }
    if (body.case !== "executeResponse") return this.receive(remainder);
    const error = `message too large: the answer of ${bytes} bytes is ${limit}`;
    this.receive(
      message({ case: body.case, value: { ...body.value, success: false, payload: none, error } }),
    );
  }

  /** What is on its way still goes out. */
  end(): void {
    this.outbound.end();
    this.#endLimit ??= setTimeout(this.reset, endLimitMs).unref();
  }

  /** Ends the stream with a gRPC status in its trailers. */
  fail(code: Code, text: string): void {
    this.outbound.fail(new ConnectError(text, code));
    this.end();
  }

  /** It stands for its registration no longer: no request goes out on it any more, and none of its answers counts. */
  dismiss(): void {
    this.role = dismissedFrom(this.role);
    this.takeBack();
    this.end();
  }

  /** Requests that it has not read go out on another stream. */
  takeBack(): void {
    for (const request of [...this.#unread.keys()]) {
      this.#core.registry.notDelivered(this.registration, request);
      this.withdraw(request);
    }
  }

  /** Nothing goes out any more. */
  over(): void {
    this.sockets.end();
    this.outbound.discard();
    this.#weigh(-this.#unreadBytes);
    clearTimeout(this.#endLimit);
    clearTimeout(this.#registerLimit);
  }

  execute(request: ExecuteRequest): void {
    this.#send({ case: "executeRequest", value: request });
  }

  /** Nobody waits for its answer any more: it does not go out if it has not yet. */
  withdraw(request: ExecuteRequest): void {
    const entries = this.#unread.get(request);
    if (!entries) return;
    this.#unread.delete(request);
    for (const entry of entries) if (this.outbound.withdraw(entry)) this.#weigh(-entry.weight);
  }

  askHeartbeat(): void {
    const value = create(HeartbeatRequestSchema, {
      gatewayId: this.registration?.key ?? "",
      timestampMs: BigInt(Date.now()),
    });
    this.#send({ case: "heartbeatRequest", value });
  }

  approval(status: RegistrationStatus, text: string): void {
    const value = create(ApprovalNotificationSchema, {
      gatewayId: this.role.name === "none" ? "" : this.role.registration.key,
      status,
      message: text,
    });
    this.#send({ case: "approvalNotification", value });
  }

  credentials(fields: {
    gatewayId: string;
    ott: string;
    registerUrl: string;
    matrixApiUrl: string;
    keycloakUrl: string;
    realm: string;
  }): void {
    const value = create(CredentialsIssuedSchema, { ...fields, timestampMs: BigInt(Date.now()) });
    checkSize("What is issued", { case: "credentialsIssued", value }, this.#core.maxMessageBytes);
    this.#send({ case: "credentialsIssued", value });
  }

  answerRegister(fields: Partial<Omit<RegisterConnectorResponse, "$typeName" | "$unknown">>): void {
    this.#send({ case: "registerResponse", value: create(RegisterConnectorResponseSchema, fields) });
  }

  #register(request: RegisterConnectorRequest): void {
    this.#core.register(this, request).catch((error: unknown) => {
      this.#core.options.logger?.error({ err: error }, "register request failed");
      this.answerRegister({
        success: false,
        status: RegistrationStatus.REJECTED,
        error: "Registration failed",
      });
    });
  }

  #heartbeat(request: HeartbeatRequest): void {
    const { faults } = this.#core;
    this.#core.heartbeat(this.registration);
    const value = create(HeartbeatResponseSchema, {
      gatewayId: request.gatewayId,
      timestampMs: request.timestampMs,
      shouldReconnect: faults.use("shouldReconnect"),
    });
    this.#core.later(faults.current.delayHeartbeatMs, () => this.#send({ case: "heartbeatResponse", value }));
  }

  #send(body: Body): void {
    if (this.#core.faults.current.deaf) return;
    if (this.outbound.isEnded) return;
    if (this.outbound.size >= maxUnreadMessages || this.#unreadBytes > defaultMaxUnreadBytes) this.giveUp();
    else this.#core.unread.makeRoom();
    // This one was given up: the message goes the way of the others.
    if (this.outbound.isEnded) return this.#unsent(body);
    const entry = this.outbound.push(message(body));
    // What somebody was waiting for is on its way already.
    if (!entry) return;
    entry.weight = unreadWeight(body);
    this.#weigh(entry.weight);
    if (body.case !== "executeRequest") return;
    const entries = this.#unread.get(body.value);
    if (entries) entries.push(entry);
    else this.#unread.set(body.value, [entry]);
  }

  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** A client that does not read keeps no memory. Requests among what it has not read go out on its next stream. */
  giveUp(): void {
    for (const request of this.#unread.keys()) this.#core.registry.notDelivered(this.registration, request);
    this.#core.figures.unreadMessages += this.outbound.discard();
    this.#weigh(-this.#unreadBytes);
    this.#unread.clear();
    this.fail(Code.ResourceExhausted, "too much waits to be read by the client");
    setImmediate(() => this.reset());
  }

  #unsent(body: Body): void {
    this.#core.figures.unreadMessages += 1;
    if (body.case === "executeRequest") this.#core.registry.notDelivered(this.registration, body.value);
  }

  #weigh(bytes: number): void {
    this.#unreadBytes += bytes;
    this.#core.unread.add(this, bytes);
  }
}
