/**
 * What the gateway knows: registrations, their open requests, and the answers that have come. Outlives
 * streams and restarts of the listener.
 */
import { randomUUID } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { invalidConfig, MooringError } from "../errors.js";
import {
  type ExecuteRequest,
  ExecuteRequestSchema,
  type ExecuteResponse,
  PayloadEncoding,
  type RegisterConnectorRequest,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { decodePayload, encodePayload } from "../protocol/encodings.js";
import { connectorArn, type Identity, registrationKey } from "../protocol/identity.js";
import type { ConnectorStream } from "./connector-stream.js";
import type { ExecuteAnswer, ExecuteOptions, GatewayRegistration } from "./gateway.js";

export interface Registration {
  readonly identity: Identity;
  readonly key: string;
  readonly arn: string;
  state: "pending" | "approved" | "rejected";
  /** The stream it is served on; undefined while away. */
  stream: ConnectorStream | undefined;
  displayName: string;
  tools: readonly string[];
  readonly open: Map<string, OpenExecute>;
}

interface OpenExecute {
  readonly request: ExecuteRequest;
  readonly settle: (answer: ExecuteAnswer) => void;
  readonly timer: NodeJS.Timeout;
  readonly fail: (error: Error) => void;
}

/** Ids of answered requests that are remembered, to tell duplicates from answers that nobody asked for. */
const rememberedAnswers = 200_000;

/** Registrations that nobody has approved and whose streams are gone; anybody can make more. */
const maxUnapproved = 10_000;

/** What a client says of itself is kept for as long as its registration. */
const described = { nameLength: 256, tools: 1_000 } as const;

const defaultTimeoutMs = 30_000;

/** Where an answer belongs. */
export type AnswerKind = "answered" | "duplicate" | "unknown";

function toolNames(request: RegisterConnectorRequest): readonly string[] {
  const tools = request.capabilities?.taskTypes.slice(0, described.tools) ?? [];
  return tools.map((task) => task.name.slice(0, described.nameLength));
}

export class Registry {
  readonly #registrations = new Map<string, Registration>();
  readonly #answered = new Set<string>();

  get(key: string): Registration | undefined {
    return this.#registrations.get(key);
  }

  /** Throws INVALID_CONFIG for a key that never registered. */
  known(key: string): Registration {
    const found = this.#registrations.get(key);
    if (found) return found;
    const keys = [...this.#registrations.keys()].slice(0, 20).join(", ") || "none";
    throw new MooringError("INVALID_CONFIG", `There is no registration "${key}". Known: ${keys}.`);
  }

  all(): readonly Registration[] {
    return [...this.#registrations.values()];
  }

  /** The registration, made when it is new. */
  ensure(identity: Identity): Registration {
    const key = registrationKey(identity);
    const found = this.#registrations.get(key);
    if (found) return found;
    const made: Registration = {
      identity,
      key,
      arn: connectorArn(identity),
      state: "pending",
      stream: undefined,
      displayName: identity.instanceId,
      tools: [],
      open: new Map(),
    };
    this.#registrations.set(key, made);
    return made;
  }

  describe(registration: Registration, request: RegisterConnectorRequest): void {
    const name = request.instanceMetadata?.displayName || registration.identity.instanceId;
    registration.displayName = name.slice(0, described.nameLength);
    registration.tools = toolNames(request);
  }

  /** Forgets the oldest of those that nobody has approved and no stream holds, past a bound. Returns how many. */
  forgetOldest(): number {
    if (this.#registrations.size <= maxUnapproved) return 0;
    const stale = [...this.#registrations.values()].filter(
      ({ state, stream, open }) => state === "pending" && !stream && open.size === 0,
    );
    const surplus = stale.slice(0, Math.max(0, stale.length - maxUnapproved));
    for (const { key } of surplus) this.forget(key);
    return surplus.length;
  }

  forget(key: string): void {
    const found = this.#registrations.get(key);
    if (!found) return;
    this.#registrations.delete(key);
    this.#fail(found, `The registration "${key}" was removed.`);
  }

  /**
   * Opens a request; it goes out on the stream that serves the registration now, or on its next one. Throws
   * INVALID_CONFIG for the id of one that is open.
   */
  open(
    registration: Registration,
    options: ExecuteOptions,
  ): { readonly request: ExecuteRequest; readonly answer: Promise<ExecuteAnswer> } {
    const { requestId = randomUUID(), encoding = PayloadEncoding.JSON } = options;
    if (registration.open.has(requestId))
      throw invalidConfig(
        `requestId "${requestId}" is that of a request which ${registration.key} has not answered yet: leave it out, or give each request one of its own.`,
      );
    const payload =
      options.payload instanceof Uint8Array
        ? options.payload
        : encodePayload(options.payload ?? {}, encoding);
    const request = create(ExecuteRequestSchema, {
      requestId,
      payload,
      payloadEncoding: encoding,
      capabilityId: options.capabilityId ?? "",
      context: {
        tenant_id: registration.identity.tenantId,
        ...options.context,
        connector_arn: registration.arn,
      },
    });
    const answer = new Promise<ExecuteAnswer>((settle, fail) => {
      const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
      const timer = setTimeout(() => {
        registration.open.delete(request.requestId);
        fail(new MooringError("TIMEOUT", `${registration.key} did not answer within ${timeoutMs} ms.`));
      }, timeoutMs);
      registration.open.set(request.requestId, { request, settle, fail, timer });
    });
    return { request, answer };
  }

  /** Takes an answer; the first one to an open request settles it. */
  answer(registration: Registration, response: ExecuteResponse): AnswerKind {
    const open = registration.open.get(response.requestId);
    if (!open) return this.#answered.has(response.requestId) ? "duplicate" : "unknown";
    registration.open.delete(response.requestId);
    clearTimeout(open.timer);
    this.#remember(response.requestId);
    // The payload's bytes belong to the frame they came in; the caller may keep the answer for long.
    const payload = response.payload.slice();
    open.settle({
      requestId: response.requestId,
      success: response.success,
      payload,
      error: response.error,
      durationMs: Number(response.durationMs),
      json: () => decodePayload(payload, response.payloadEncoding),
    });
    return "answered";
  }

  summaries(): readonly GatewayRegistration[] {
    return this.all().map((one) => ({
      key: one.key,
      arn: one.arn,
      state: one.state,
      connected: one.stream !== undefined,
      displayName: one.displayName,
      tools: one.tools,
      openExecutes: one.open.size,
    }));
  }

  close(): void {
    for (const registration of this.#registrations.values())
      this.#fail(registration, "The gateway was closed.");
  }

  #fail(registration: Registration, why: string): void {
    for (const open of registration.open.values()) {
      clearTimeout(open.timer);
      open.fail(new MooringError("NOT_RUNNING", why));
    }
    registration.open.clear();
  }

  #remember(requestId: string): void {
    this.#answered.add(requestId);
    if (this.#answered.size <= rememberedAnswers) return;
    for (const oldest of this.#answered) {
      this.#answered.delete(oldest);
      return;
    }
  }
}
