/**
 * The gateway's decisions: who may register, what is sent to whom, and what is counted. Knows no sockets;
 * survives a restart of the listener.
 */
import type { Code } from "@connectrpc/connect";
import { MooringError } from "../errors.js";
import {
  type ExecuteResponse,
  type MetricsReport,
  type RegisterConnectorRequest,
  RegistrationStatus,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { type Identity, isBrokenText, registrationKey, sanitizeIdentifier } from "../protocol/identity.js";
import { ConnectorStream } from "./connector-stream.js";
import { CoreState } from "./core-state.js";
import { Delays } from "./delays.js";
import { FaultControls } from "./faults.js";
import { noFigures } from "./figures.js";
import type {
  ExecuteAnswer,
  ExecuteOptions,
  GatewayEvent,
  GatewayOptions,
  OneTimeToken,
  OneTimeTokenOwner,
} from "./gateway.js";
import type { StateKeeper } from "./kept-state.js";
import { oidcConfigOf } from "./oidc-config.js";
import { OneTimeTokens } from "./one-time-tokens.js";
import type { OpenRequest } from "./open-request.js";
import { gatewayOptions } from "./option-table.js";
import { hasOwner, isAutomatic, isForgettable } from "./ownership.js";
import { proofOf } from "./registration-proof.js";
import { approvalAsked, claimedWords, type Registration, Registry } from "./registry.js";
import { SessionTokens } from "./session-tokens.js";
import { isProvenBy, leave, release, waitingIn } from "./stream-role.js";
import type { TokenServer } from "./token-server.js";
import { UnreadBudget } from "./unread.js";

/** Why no connector can have this identity; undefined for one that can be had. */
function identityFault(identity: Identity): string | undefined {
  const unclean = Object.entries(identity).find(
    ([, part]) => part === "" || part !== sanitizeIdentifier(part) || isBrokenText(part),
  );
  return unclean && `invalid connector: ${unclean[0]} is empty or holds . : white space or half a character`;
}

export class GatewayCore {
  readonly options: GatewayOptions;
  readonly faults = new FaultControls((name) => this.emit({ type: "fault", name }));
  readonly maxMessageBytes: number;
  readonly registry: Registry;
  readonly sessionTokens = new SessionTokens();
  readonly oneTimeTokens = new OneTimeTokens();
  readonly tokenServer: TokenServer;
  readonly streams = new Set<ConnectorStream>();
  readonly unread: UnreadBudget;
  readonly figures = noFigures();
  readonly #listeners = new Set<(event: GatewayEvent) => void>();
  readonly #delays = new Delays();
  readonly #state: CoreState;
  /** Where the HTTP API is, as sent in `credentials_issued`. */
  httpUrl = "";

  constructor(options: GatewayOptions, tokenServer: TokenServer, keeper?: StateKeeper) {
    this.options = options;
    this.maxMessageBytes = options.maxMessageBytes ?? gatewayOptions.maxMessageBytes.default;
    this.registry = new Registry(this.maxMessageBytes);
    this.unread = new UnreadBudget(options.maxUnreadBytes);
    this.tokenServer = tokenServer;
    this.#state = new CoreState(this, keeper);
  }

  /** What was kept before is in force. */
  async begin(): Promise<void> {
    await this.#state.begin();
  }

  /** Resolves when everything that must outlive the gateway is on the disk; at once without `state`. */
  async keep(): Promise<void> {
    await this.#state.keep();
  }

  /** The same where nobody can wait for it. */
  keepSoon(): void {
    this.#state.keepSoon();
  }

  on(listener: (event: GatewayEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: GatewayEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  administered(what: Extract<GatewayEvent, { type: "administered" }>["what"], key?: string): void {
    this.emit({ type: "administered", what, ...(key === undefined ? {} : { key }) });
  }

  /** Now, or after a delay that ends with the gateway. */
  later(ms: number, act: () => void): void {
    this.#delays.later(ms, act);
  }

  close(): void {
    this.#delays.close();
    this.registry.close();
  }

  openStream(reset: () => void): ConnectorStream {
    const stream = new ConnectorStream(this, reset);
    this.streams.add(stream);
    this.figures.streamsOpened += 1;
    this.figures.activeStreams += 1;
    this.figures.peakStreams = Math.max(this.figures.peakStreams, this.figures.activeStreams);
    this.emit({ type: "streamOpened" });
    return stream;
  }

  /** Changes faults. A stream on which messages were swallowed must not go on as if they had arrived. */
  setFaults(settings: { readonly [name: string]: unknown }): void {
    const wasDeaf = this.faults.current.deaf;
    this.faults.set(settings);
    this.administered("faults set");
    if (wasDeaf && !this.faults.current.deaf) for (const stream of [...this.streams]) stream.end();
  }

  closeStream(stream: ConnectorStream): void {
    if (!this.streams.delete(stream)) return;
    this.figures.activeStreams -= 1;
    const { registration } = stream;
    release(stream);
    // What it has answered already counts, and may still be read.
    stream.takeBack();
    stream.end();
    this.emit({ type: "streamClosed", key: registration?.key, replaced: Boolean(registration?.stream) });
  }

  async register(stream: ConnectorStream, request: RegisterConnectorRequest): Promise<void> {
    this.figures.registerRequests += 1;
    this.emit({ type: "registering" });
    const { faults } = this;
    if (faults.use("stallRegister")) return;
    if (faults.use("refuseStatus")) return stream.fail(faults.current.refuseStatusCode as Code, "refused");
    if (faults.use("failRegister"))
      return this.#refuse(stream, undefined, faults.current.failRegisterText, true);
    const identity: Identity = {
      tenantId: request.tenantId,
      connectorType: request.connectorType,
      instanceId: request.instanceId,
    };
    const fault = identityFault(identity);
    if (fault !== undefined) return this.#refuse(stream, undefined, fault, false);
    // The proof is looked at last: what an administrator decides meanwhile counts.
    await new Promise<void>((resolve) => this.later(faults.current.delayRegisterMs, resolve));
    const proof = await proofOf(this, request, registrationKey(identity));
    if (typeof proof === "object") return this.#refuse(stream, identity, proof.refused, false);
    this.#accept(stream, identity, request, proof === "proven");
  }

  async execute(registration: Registration, options: ExecuteOptions): Promise<ExecuteAnswer> {
    const { open, answer } = this.registry.open(registration, options);
    const { key, stream, state } = registration;
    const { requestId, capabilityId } = open.request;
    const waitsFor =
      state !== "approved" ? "approval" : stream?.isServing && !stream.outbound.isEnded ? null : "connection";
    this.emit({ type: "requested", key, requestId, capabilityId, waitsFor });
    if (stream && waitsFor === null) this.#deliver(registration, stream, open);
    try {
      return await answer;
    } catch (error) {
      this.emit({ type: "unanswered", key, requestId, error });
      throw error;
    }
  }

  answered(registration: Registration | undefined, response: ExecuteResponse): void {
    this.figures.answersReceived += 1;
    if (!registration) {
      this.figures.unknownAnswers += 1;
      return;
    }
    const kind = this.registry.answer(registration, response);
    if (kind === "duplicate") this.figures.duplicateAnswers += 1;
    if (kind === "unknown") this.figures.unknownAnswers += 1;
    const { requestId, success, error } = response;
    const durationMs = Number(response.durationMs);
    this.emit({ type: "answered", key: registration.key, requestId, success, error, durationMs });
  }

  heartbeat(registration: Registration | undefined): void {
    this.figures.heartbeats += 1;
    this.emit({ type: "heartbeat", key: registration?.key });
  }

  heartbeatAnswered(registration: Registration | undefined): void {
    this.emit({ type: "heartbeatAnswered", key: registration?.key });
  }

  metrics(registration: Registration | undefined, report: MetricsReport): void {
    this.figures.metricsReports += 1;
    this.emit({ type: "metrics", key: registration?.key, report: { ...report } });
  }

  approve(registration: Registration): void {
    registration.state = "approved";
    this.administered("approved", registration.key);
    this.#tellApproved(registration);
  }

  #tellApproved(registration: Registration): void {
    const stream = registration.claimant ?? registration.stream;
    if (!stream) return;
    stream.approval(RegistrationStatus.APPROVED, "");
    // Who waited with proof needs no other.
    if (isProvenBy(stream.role) && !stream.isServing) return this.#serve(registration, stream, true);
    if (!this.faults.current.withholdCredentials) this.issueCredentials(registration, {}, stream);
  }

  reject(registration: Registration): void {
    this.#reject(registration);
    this.administered("rejected", registration.key);
  }

  #reject(registration: Registration): void {
    const { claimant, stream } = registration;
    if (claimant) {
      claimant.approval(RegistrationStatus.REJECTED, "");
      return release(claimant);
    }
    registration.state = "rejected";
    this.sessionTokens.revoke(registration.key);
    this.oneTimeTokens.revoke(registration.key);
    this.registry.refuseOpen(registration);
    if (!stream) return;
    stream.role = waitingIn(stream.role);
    stream.approval(RegistrationStatus.REJECTED, "");
  }

  revokeClient(clientId: string): void {
    const { registrationKey: key } = this.tokenServer.clients.revoke(clientId);
    this.sessionTokens.revoke(key);
    // Who serves with what was revoked has to prove itself anew.
    for (const stream of [...this.streams]) if (stream.registration?.key === key) stream.dismiss();
    this.administered("client revoked", key);
    this.keepSoon();
  }

  /** Ends its stream, so that it registers again, and gets what waits for it. */
  retry({ key, stream }: Registration): void {
    if (!stream)
      throw new MooringError(
        "REGISTRATION_ERROR",
        `${key} is not connected: it registers when it dials the next time. Where its connector runs, mooring explain ${key} says when.`,
      );
    this.administered("retried", key);
    stream.end();
  }

  deregister(registration: Registration): void {
    this.sessionTokens.revoke(registration.key);
    this.oneTimeTokens.revoke(registration.key);
    this.tokenServer.clients.forget(registration.key);
    this.registry.forget(registration.key);
    registration.claimant?.end();
    registration.stream?.dismiss();
    this.administered("removed", registration.key);
  }

  issueOneTimeToken(owner: OneTimeTokenOwner, ttlMs?: number): OneTimeToken {
    const issued = this.oneTimeTokens.issue(owner, ttlMs);
    this.administered("token issued");
    return issued;
  }

  issueCredentials(
    registration: Registration,
    overrides: { gatewayId?: string; registerUrl?: string; matrixApiUrl?: string; ott?: string },
    stream = registration.stream,
  ): void {
    this.keepSoon();
    stream?.credentials({
      gatewayId: registration.key,
      ott: overrides.ott ?? this.oneTimeTokens.issue(registration.identity).token,
      registerUrl: "/api/connectors/register-with-ott",
      matrixApiUrl: this.httpUrl,
      keycloakUrl: this.tokenServer.realmUrl,
      realm: this.tokenServer.realm,
      ...overrides,
    });
  }

  #refuse(stream: ConnectorStream, identity: Identity | undefined, error: string, andEnd: boolean): void {
    this.figures.refused += 1;
    const key = identity && registrationKey(identity);
    const arn = key === undefined ? undefined : this.registry.get(key)?.arn;
    stream.answerRegister({
      success: false,
      status: RegistrationStatus.REJECTED,
      error,
      ...(arn ? { connectorArn: arn } : {}),
    });
    if (key === undefined) this.emit({ type: "fault", name: "refused" });
    else {
      this.registry.refusals.remember(key, error);
      this.emit({ type: "refused", key, why: error });
    }
    if (andEnd) stream.end();
  }

  #accept(
    stream: ConnectorStream,
    identity: Identity,
    request: RegisterConnectorRequest,
    proven: boolean,
  ): void {
    // It may have been ended while this was delayed.
    if (!this.streams.has(stream) || stream.outbound.isEnded) return;
    const registration = this.registry.ensure(identity);
    this.figures.forgottenRegistrations += this.registry.forgetOldest((one) => isForgettable(this, one));
    const automatic = isAutomatic(this, identity);
    if (!proven && hasOwner(this, registration, stream, automatic)) return this.#claim(registration, stream);
    this.registry.describe(registration, request);
    this.#bind(registration, stream);
    // An administrator's no holds until the same administrator says yes.
    if (registration.state !== "rejected" && (proven || automatic))
      return this.#serve(registration, stream, proven);
    stream.role = { name: "waiting", registration, isProven: proven };
    this.#wait(registration, stream, registration.state === "rejected" ? approvalAsked(registration) : null);
    // Approved while it was away, or its credentials were lost on the way: hand out new ones.
    if (registration.state === "approved") this.#tellApproved(registration);
  }

  /** Somebody without proof asks for an identity that has an owner: a person decides, and the owner goes on. */
  #claim(registration: Registration, stream: ConnectorStream): void {
    if (registration.claimant !== stream) {
      leave(stream);
      registration.claimant?.end();
      registration.claimant = stream;
      stream.role = { name: "claiming", registration };
    }
    this.#wait(registration, stream, claimedWords);
  }

  #wait(registration: Registration, stream: ConnectorStream, why: string | null): void {
    this.figures.pending += 1;
    stream.answerRegister({
      success: true,
      status: RegistrationStatus.PENDING,
      connectorArn: registration.arn,
    });
    if (why) stream.approval(RegistrationStatus.PENDING, why);
    this.emit({ type: "registered", key: registration.key, state: "pending", ...(why ? { why } : {}) });
  }

  #serve(registration: Registration, stream: ConnectorStream, isProven: boolean): void {
    if (registration.state !== "approved") this.keepSoon();
    registration.state = "approved";
    stream.role = { name: "serving", registration, isProven };
    this.figures.accepted += 1;
    stream.answerRegister({
      success: true,
      status: RegistrationStatus.APPROVED,
      connectorArn: registration.arn,
      sessionToken: this.sessionTokens.issue(registration.key),
      oidcConfig: oidcConfigOf(this.tokenServer.signIn),
    });
    for (const open of [...registration.open.values()]) this.#deliver(registration, stream, open);
    const burst = this.faults.takeAll("executeBurst");
    for (let i = 0; i < burst; i += 1)
      void this.execute(registration, { requestId: `burst-${i}` }).catch(() => {});
    this.emit({ type: "registered", key: registration.key, state: "approved" });
    if (this.faults.use("closeAfterRegister")) stream.end();
  }

  /** One stream serves a registration: a newer one takes over, and the older is ended. */
  #bind(registration: Registration, stream: ConnectorStream): void {
    const older = registration.stream;
    if (older === stream) return;
    leave(stream);
    if (older) {
      this.figures.overlappingStreams += 1;
      older.takeBack();
      older.end();
    }
    registration.stream = stream;
  }

  #deliver(registration: Registration, stream: ConnectorStream, open: OpenRequest): void {
    const most = this.options.maxDeliveries ?? gatewayOptions.maxDeliveries.default;
    const request = this.registry.deliver(registration, open, most);
    if (!request) return;
    const times = this.faults.use("duplicateExecutes") ? 2 : 1;
    for (let i = 0; i < times; i += 1) {
      this.figures.executesSent += 1;
      stream.execute(request);
    }
  }
}
