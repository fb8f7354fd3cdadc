/** Makes the parts of a registration that outlive its streams: identity, credentials, execution, sessions. */
import type { Connector } from "../connectors/connector.js";
import { OwnMetrics } from "../connectors/metrics.js";
import type {
  CredentialService,
  RegisterTokens,
  RegistrationCredentials,
} from "../credentials/credentials.js";
import { Doors, type DoorsOptions } from "../doors/doors.js";
import { invalidConfig } from "../errors.js";
import { Execution, type ExecutionOptions } from "../execution/execution.js";
import type { HandlerBoard } from "../execution/handler-board.js";
import type { OutboxLimits } from "../execution/outbox.js";
import type { StreamMessage } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Logger } from "../logger.js";
import type { ProxyFigures } from "../network/proxy/figures.js";
import { settled } from "../options/filled.js";
import { connectorArn, type Identity, registrationKey } from "../protocol/identity.js";
import { Secret } from "../secret.js";
import { type ConnectionCounters, RoundTrips } from "../session/metrics-report.js";
import type { PulseOptions } from "../session/pulse.js";
import { describedBy, type InstanceLabel, registerMessage } from "../session/register-message.js";
import { StreamSession } from "../session/session.js";
import type { SessionOptions } from "../session/session-options.js";
import type { Ticker } from "../session/ticker.js";
import type { TransportInUse, WireKind } from "../transport/transport.js";
import { limitsOf, type RegistrationOptions, type RequestLimits, type Settings } from "./options.js";
import type { RecordServices } from "./record.js";
import { registrationOptions } from "./registration-table.js";
import { type RuntimeTransport, transportOfStream } from "./runtime-transport.js";

/** A registration with its connector at hand. */
type InlineRegistration = RegistrationOptions & { readonly connector: Connector };

/** What all registrations of a runtime share. */
export interface Shared {
  readonly settings: Settings;
  readonly transport: RuntimeTransport;
  /** Of the ways through proxies. */
  readonly proxies?: ProxyFigures;
  readonly credentials: CredentialService;
  readonly ticker: Ticker;
  /** How heartbeats go out. */
  readonly pulse: PulseOptions;
  /** Of the thread. */
  readonly board: HandlerBoard;
}

const noTags: readonly string[] = Object.freeze([]);
const noMetadata: Readonly<Record<string, string>> = Object.freeze({});

const noLabel: InstanceLabel = { tags: noTags, metadata: noMetadata };

/** Tags and display name: option, then environment. */
function labels(options: InlineRegistration, { env }: Settings): InstanceLabel {
  const rows = registrationOptions;
  const displayName = settled("displayName", options.displayName, rows.displayName, env);
  const tags = settled("tags", options.tags, rows.tags, env) ?? noTags;
  const scope = settled("scope", options.scope, rows.scope, env);
  const { metadata = noMetadata } = options;
  if (!displayName && !scope && tags === noTags && metadata === noMetadata) return noLabel;
  return { ...(displayName ? { displayName } : {}), tags, metadata, ...(scope ? { scope } : {}) };
}

/** The client of a mounted key belongs to a tenant, which nobody can guess (docs/protocol.md, "Mounted keys"). */
function requireTenant({ authToken, tenantId }: RegistrationOptions, { env }: Settings): void {
  if (authToken?.trim() || (tenantId ?? env.TENANT_ID)?.trim()) return;
  if (!env.STRIKE48_CLIENT_ID?.trim() || !env.STRIKE48_AUTH_URL?.trim()) return;
  throw invalidConfig(
    "TENANT_ID is required with a mounted key (STRIKE48_CLIENT_ID, STRIKE48_AUTH_URL): set it, or give tenantId.",
  );
}

const now = (): number => performance.now();

/** Of one registration, until it is removed: also what its execution, its doors and its sessions are made with. */
class RegistrationParts implements RecordServices, ExecutionOptions, DoorsOptions, SessionOptions {
  readonly identity: Identity;
  readonly key: string;
  readonly connector: Connector;
  readonly credentials: RegistrationCredentials;
  readonly execution: Execution;
  readonly doors: Doors;
  readonly metrics: OwnMetrics;
  readonly roundTrips = new RoundTrips();
  readonly addedAt = now();
  readonly connectionCounters: () => ConnectionCounters;
  readonly #limits: RequestLimits;
  readonly #label: InstanceLabel;
  readonly #shared: Shared;
  #carrier: WireKind | undefined;

  constructor(
    identity: Identity,
    options: InlineRegistration,
    shared: Shared,
    connectionCounters: () => ConnectionCounters,
  ) {
    const { settings } = shared;
    requireTenant(options, settings);
    this.identity = identity;
    this.key = registrationKey(identity);
    this.connector = options.connector;
    this.#limits = limitsOf(options, settings);
    this.#label = labels(options, settings);
    this.#shared = shared;
    this.connectionCounters = connectionCounters;
    this.metrics = new OwnMetrics(options.metrics);
    this.doors = new Doors(this);
    this.execution = new Execution(this);
    const authToken = options.authToken === undefined ? undefined : new Secret(options.authToken);
    this.credentials = shared.credentials.for(identity, authToken);
  }

  carriedOver(kind: WireKind): void {
    this.#carrier = kind;
  }

  transport(hasStream: boolean): TransportInUse {
    return transportOfStream(hasStream ? this.#carrier : undefined, this.#shared.transport.inUse());
  }

  get watchDescription(): RecordServices["watchDescription"] {
    const { description } = this.connector;
    return description && ((listener) => description.watch(listener));
  }

  createSession(): StreamSession {
    return new StreamSession(this);
  }

  registerMessage(tokens: RegisterTokens, kind = this.#shared.transport.kind): StreamMessage {
    const { tls } = this.#shared.transport;
    return registerMessage(this.identity, this.connector, this.#label, tokens, { kind, tls });
  }

  described(): object {
    return describedBy(this.connector);
  }

  get arn(): string {
    return connectorArn(this.identity);
  }

  get maxConcurrentRequests(): RequestLimits["maxConcurrentRequests"] {
    return this.#limits.maxConcurrentRequests;
  }

  get maxQueuedRequests(): number {
    return this.#limits.maxQueuedRequests;
  }

  get requestTimeoutMs(): number {
    return this.#limits.requestTimeoutMs;
  }

  get outbox(): OutboxLimits {
    return this.#shared.settings.outbox;
  }

  get board(): HandlerBoard {
    return this.#shared.board;
  }

  get logger(): Logger {
    return this.#shared.settings.logger;
  }

  get ticker(): Ticker {
    return this.#shared.ticker;
  }

  get pulse(): PulseOptions {
    return this.#shared.pulse;
  }

  get maxMessageBytes(): number {
    return this.#shared.settings.maxMessageBytes;
  }

  get proxies(): ProxyFigures | undefined {
    return this.#shared.proxies;
  }

  now(): number {
    return now();
  }

  wallClock(): number {
    return Date.now();
  }
}

export const registrationServices = (
  identity: Identity,
  options: InlineRegistration,
  shared: Shared,
  connectionCounters: () => ConnectionCounters,
): RecordServices => new RegistrationParts(identity, options, shared, connectionCounters);
