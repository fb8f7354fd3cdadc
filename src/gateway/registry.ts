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
import { nearestName } from "../options/nearest-name.js";
import { decodePayload, encodePayload } from "../protocol/encodings.js";
import { connectorArn, type Identity, registrationKey } from "../protocol/identity.js";
import { withResolvers } from "../with-resolvers.js";
import type { ConnectorStream } from "./connector-stream.js";
import { type Declared, declaredBy } from "./declared.js";
import type { ExecuteAnswer, ExecuteOptions, GatewayRegistration } from "./gateway.js";
import { checkRequestId, checkRequestSize } from "./message-limit.js";
import {
  deliveryAttempt,
  type OpenRequest,
  rejectedError,
  undeliverable,
  waitedInVain,
} from "./open-request.js";
import { executeOptions } from "./option-table.js";
import { Refusals } from "./refusals.js";

export interface Registration {
  readonly identity: Identity;
  readonly key: string;
  readonly arn: string;
  state: "pending" | "approved" | "rejected";
  /** The stream it is served on; undefined while away. */
  stream: ConnectorStream | undefined;
  /** A stream without proof that asks for an identity which has an owner; nothing else is known of it. */
  claimant: ConnectorStream | undefined;
  displayName: string;
  tools: readonly string[];
  /** What it said last of what it can do; undefined while it is away. */
  declared: Declared | undefined;
  readonly open: Map<string, OpenRequest>;
}

/** An administrator's decision as it is kept over a restart of the gateway. */
export interface SavedRegistration extends Identity {
  readonly state: "approved" | "rejected";
}

/** Ids of answered requests that are remembered, to tell duplicates from answers that nobody asked for. */
const rememberedAnswers = 200_000;

/** Registrations that nobody has approved and whose streams are gone; anybody can make more. */
const maxUnapproved = 10_000;

/** So many are forgotten at once: to look for them takes a look at all, which must not be taken for each new one. */
const forgottenAtOnce = 1_000;

/** As many of one type are named to whoever gave another key. */
const mostOfType = 3;

/** What a client says of itself is kept for as long as its registration. */
const described = { nameLength: 256, tools: 1_000 } as const;

/** Where an answer belongs. */
export type AnswerKind = "answered" | "duplicate" | "unknown";

function toolNames(request: RegisterConnectorRequest): readonly string[] {
  const tools = request.capabilities?.taskTypes.slice(0, described.tools) ?? [];
  return tools.map((task) => task.name.slice(0, described.nameLength));
}

/** Why somebody waits for an administrator; null when nobody does. */
export function approvalAsked({ state, stream, claimant }: Registration): string | null {
  if (claimant) return claimedWords;
  if (!stream || stream.isServing || state === "approved") return null;
  return state === "rejected" ? "It was rejected, and asks again." : "It has not been approved yet.";
}

/** For people at the gateway and at the connector; plain words, so that the connector's journal keeps them. */
export const claimedWords =
  "This identity belongs to a connector with credentials, and this one shows none. Approve it only if they were lost.";

export class Registry {
  readonly #maxMessageBytes: number;
  readonly #registrations = new Map<string, Registration>();
  readonly #answered = new Set<string>();
  readonly refusals = new Refusals();
  /** At how many registrations the oldest are looked for again. */
  #lookAt = maxUnapproved + 1;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  get(key: string): Registration | undefined {
    return this.#registrations.get(key);
  }

  /** Throws INVALID_CONFIG for a key that never registered. */
  known(key: string): Registration {
    const found = this.#registrations.get(key);
    if (found) return found;
    throw invalidConfig(this.unknown(key));
  }

  /** What to say of a key that never registered. */
  unknown(key: string): string {
    const refused = this.refusals.words(key);
    if (refused !== undefined) return `There is no registration "${key}": it ${refused}`;
    const near = this.near(key)
      .map((one) => `"${one}"`)
      .join(" or ");
    const keys = [...this.#registrations.keys()];
    const known = near ? `did you mean ${near}?` : `Known: ${keys.slice(0, 20).join(", ") || "none"}.`;
    return `There is no registration "${key}"${near ? "; " : ". "}${known}`;
  }

  /** Which ones are perhaps meant by a key that never registered: one that is written alike, else the few of its type. */
  near(key: string): readonly string[] {
    const keys = [...this.#registrations.keys()].slice(0, 1_000);
    const nearest = nearestName(key, keys);
    if (nearest !== undefined) return [nearest];
    const type = key.slice(0, key.lastIndexOf(".") + 1);
    const ofType = type === "" ? [] : keys.filter((one) => one.startsWith(type));
    return ofType.length > mostOfType ? [] : ofType;
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
      claimant: undefined,
      displayName: identity.instanceId,
      tools: [],
      declared: undefined,
      open: new Map(),
    };
    this.#registrations.set(key, made);
    this.refusals.forget(key);
    return made;
  }

  /** Who waits for a decision will ask again. */
  saved(): readonly SavedRegistration[] {
    return this.all().flatMap(({ identity, state }) => (state === "pending" ? [] : [{ ...identity, state }]));
  }

  restore(registrations: readonly SavedRegistration[]): void {
    for (const { state, tenantId, connectorType, instanceId } of registrations)
      this.ensure({ tenantId, connectorType, instanceId }).state = state;
  }

  /** What a register request that was accepted says of its connector. */
  describe(registration: Registration, request: RegisterConnectorRequest): void {
    this.refusals.forget(registration.key);
    const name = request.instanceMetadata?.displayName || registration.identity.instanceId;
    registration.displayName = name.slice(0, described.nameLength);
    registration.tools = toolNames(request);
    registration.declared = declaredBy(request);
  }

  /** Forgets the oldest of those that no stream holds and nothing is open for, past a bound. Returns how many. */
  forgetOldest(isForgettable: (one: Registration) => boolean): number {
    if (this.#registrations.size < this.#lookAt) return 0;
    const stale = [...this.#registrations.values()].filter(
      (one) => !one.stream && !one.claimant && one.open.size === 0 && isForgettable(one),
    );
    const surplus = stale.slice(0, Math.max(0, stale.length - maxUnapproved + forgottenAtOnce));
    for (const { key } of surplus) this.forget(key);
    this.#lookAt = Math.max(maxUnapproved + 1, this.#registrations.size + forgottenAtOnce);
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
   * INVALID_CONFIG for the id of one that is open, MESSAGE_TOO_LARGE for what no stream of this gateway carries,
   * REGISTRATION_ERROR where an administrator said no, and the reason of a signal that was given before.
   */
  open(
    registration: Registration,
    options: ExecuteOptions,
  ): { readonly open: OpenRequest; readonly answer: Promise<ExecuteAnswer> } {
    const { requestId = randomUUID(), encoding = PayloadEncoding.JSON, signal } = options;
    signal?.throwIfAborted();
    if (registration.state === "rejected") throw rejectedError(registration.key);
    if (registration.open.has(requestId))
      throw invalidConfig(
        `requestId "${requestId}" is that of a request which ${registration.key} has not answered yet: leave it out, or give each request one of its own.`,
      );
    checkRequestId(requestId, this.#maxMessageBytes);
    const payload =
      options.payload instanceof Uint8Array
        ? options.payload
        : encodePayload(options.payload === undefined ? {} : options.payload, encoding);
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
    // With the number of its last delivery, which a message on the wire has room for.
    const numbered = { ...request, context: { ...request.context, [deliveryAttempt]: "9".repeat(10) } };
    checkRequestSize(numbered, this.#maxMessageBytes);
    // A caller's own would be taken for the gateway's.
    delete request.context[deliveryAttempt];
    const { promise: answer, resolve: settle, reject: fail } = withResolvers<ExecuteAnswer>();
    const timeoutMs = options.timeoutMs ?? executeOptions.timeoutMs.default;
    const late = () => this.#drop(registration, open, waitedInVain(registration, open, timeoutMs));
    const gone = () => this.#drop(registration, open, signal?.reason);
    const timer = setTimeout(late, timeoutMs);
    signal?.addEventListener("abort", gone, { once: true });
    const leaveCaller = () => signal?.removeEventListener("abort", gone);
    const open: OpenRequest = { request, deliveries: 0, settle, fail, timer, leaveCaller };
    registration.open.set(requestId, open);
    return { open, answer };
  }

  /** The request as it goes out now; undefined when that was often enough, which its caller is told. */
  deliver(registration: Registration, open: OpenRequest, maxDeliveries: number): ExecuteRequest | undefined {
    if (open.deliveries >= maxDeliveries) {
      this.#drop(registration, open, undeliverable(registration.key, open));
      return undefined;
    }
    open.deliveries += 1;
    if (open.deliveries > 1) open.request.context[deliveryAttempt] = String(open.deliveries);
    return open.request;
  }

  /** It waited in a stream that was not read: that counts for nothing. */
  notDelivered(registration: Registration | undefined, { requestId }: ExecuteRequest): void {
    const open = registration?.open.get(requestId);
    if (open && open.deliveries > 0) open.deliveries -= 1;
  }

  /** An administrator said no: nobody will answer what is open. */
  refuseOpen(registration: Registration): void {
    for (const open of [...registration.open.values()])
      this.#drop(registration, open, rejectedError(registration.key));
  }

  /** Takes an answer; the first one to an open request settles it. */
  answer(registration: Registration, response: ExecuteResponse): AnswerKind {
    const open = registration.open.get(response.requestId);
    if (!open) return this.#answered.has(response.requestId) ? "duplicate" : "unknown";
    this.#forget(registration, open);
    this.#remember(response.requestId);
    // The payload's bytes belong to the frame they came in; the caller may keep the answer for long.
    const payload = new Uint8Array(response.payload);
    open.settle({
      requestId: response.requestId,
      success: response.success,
      payload,
      encoding: response.payloadEncoding,
      error: response.error,
      durationMs: Number(response.durationMs),
      json: () => decodePayload(payload, response.payloadEncoding),
    });
    return "answered";
  }

  /** Why one that is away does not come back; null when nothing is known. */
  refused({ key, stream }: Registration): string | null {
    const refused = stream ? undefined : this.refusals.words(key);
    return refused === undefined ? null : `its last try ${refused}`;
  }

  summaries(): readonly GatewayRegistration[] {
    return this.all().map((one) => ({
      key: one.key,
      arn: one.arn,
      state: one.state,
      connected: one.stream !== undefined,
      approvalAsked: approvalAsked(one),
      refused: this.refused(one),
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
    for (const open of [...registration.open.values()])
      this.#drop(registration, open, new MooringError("NOT_RUNNING", why));
  }

  /** Nobody waits for the answer any more. */
  #drop(registration: Registration, open: OpenRequest, why: unknown): void {
    this.#forget(registration, open);
    open.fail(why);
  }

  #forget(registration: Registration, open: OpenRequest): void {
    registration.open.delete(open.request.requestId);
    clearTimeout(open.timer);
    open.leaveCaller();
    registration.stream?.withdraw(open.request);
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
