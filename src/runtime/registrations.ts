/** Makes the parts of a registration that outlive its streams: identity, credentials, execution, sessions. */
import type { Connector } from "../connectors/connector.js";
import { OwnMetrics } from "../connectors/metrics.js";
import type { CredentialService, RegisterTokens } from "../credentials/credentials.js";
import { Doors } from "../doors/doors.js";
import { invalidConfig } from "../errors.js";
import { Execution } from "../execution/execution.js";
import type { HandlerBoard } from "../execution/handler-board.js";
import type { ProxyFigures } from "../network/proxy/figures.js";
import { settled } from "../options/filled.js";
import { connectorArn, type Identity, registrationKey } from "../protocol/identity.js";
import { Secret } from "../secret.js";
import { type ConnectionCounters, RoundTrips } from "../session/metrics-report.js";
import { describedBy, registerMessage } from "../session/register-message.js";
import { StreamSession } from "../session/session.js";
import type { Ticker } from "../session/ticker.js";
import type { WireKind } from "../transport/transport.js";
import { limitsOf, type RegistrationOptions, type Settings } from "./options.js";
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
  /** By its clock heartbeats go out. */
  readonly heartbeats: Ticker;
  /** Of the thread. */
  readonly board: HandlerBoard;
}

const doorsOf = (identity: Identity, { connector }: InlineRegistration, { settings }: Shared): Doors =>
  new Doors({
    key: registrationKey(identity),
    arn: connectorArn(identity),
    connector,
    maxMessageBytes: settings.maxMessageBytes,
    logger: settings.logger,
  });

function executionOf(
  key: string,
  options: InlineRegistration,
  { settings, board }: Shared,
  doors: Doors,
  metrics: OwnMetrics,
): Execution {
  return new Execution({
    key,
    connector: options.connector,
    ...limitsOf(options, settings),
    outbox: settings.outbox,
    maxMessageBytes: settings.maxMessageBytes,
    board,
    invoke: (target, capabilityId, payload, invokeOptions, request) =>
      doors.invoke(target, capabilityId, payload, invokeOptions, request),
    metrics,
    logger: settings.logger,
    now: () => performance.now(),
    wallClock: Date.now,
  });
}

/** Tags and display name: option, then environment. */
function labels(options: InlineRegistration, { env }: Settings) {
  const rows = registrationOptions;
  const displayName = settled("displayName", options.displayName, rows.displayName, env);
  const tags = settled("tags", options.tags, rows.tags, env) ?? [];
  const scope = settled("scope", options.scope, rows.scope, env);
  const { metadata = {} } = options;
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

export function registrationServices(
  identity: Identity,
  options: InlineRegistration,
  shared: Shared,
  connectionCounters: () => ConnectionCounters,
): RecordServices {
  const { settings, transport } = shared;
  const key = registrationKey(identity);
  const doors = doorsOf(identity, options, shared);
  const metrics = new OwnMetrics(options.metrics);
  const execution = executionOf(key, options, shared, doors, metrics);
  requireTenant(options, settings);
  const authToken = options.authToken === undefined ? undefined : new Secret(options.authToken);
  const credentials = shared.credentials.for(identity, authToken);
  const label = labels(options, settings);
  const now = () => performance.now();
  const roundTrips = new RoundTrips();
  const forSessions = {
    identity,
    key,
    credentials,
    execution,
    doors,
    registerMessage: (tokens: RegisterTokens, kind = transport.kind) =>
      registerMessage(identity, options.connector, label, tokens, { kind, tls: transport.tls }),
    described: () => describedBy(options.connector),
    ticker: shared.ticker,
    pulse: { ticker: shared.heartbeats, suspectMs: settings.heartbeat.suspectMs },
    maxMessageBytes: settings.maxMessageBytes,
    connectionCounters,
    roundTrips,
    metrics,
    ...(shared.proxies ? { proxies: shared.proxies } : {}),
    addedAt: now(),
    now,
    wallClock: Date.now,
  };
  let carrier: WireKind | undefined;
  const { description } = options.connector;
  return {
    credentials,
    execution,
    doors,
    metrics,
    roundTrips,
    carriedOver: (kind) => {
      carrier = kind;
    },
    transport: (hasStream) => transportOfStream(hasStream ? carrier : undefined, transport.inUse()),
    watchDescription: description && ((listener) => description.watch(listener)),
    createSession: () => new StreamSession(forSessions),
  };
}
