/** The HTTP API: JSON in, JSON out; errors are `{ error: { code, message } }` and name the field. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { MooringError, type MooringErrorCode } from "../errors.js";
import { registrationKey, sanitizeIdentifier } from "../protocol/identity.js";
import { isSameSecret } from "../same-secret.js";
import { type KnownHost, knownHosts, refuseForeignPage } from "../serving/foreign-page.js";
import { answering, sayInJson } from "../serving/http-server.js";
import { refuseOtherThanJson } from "../serving/request-body.js";
import { decodedPart, targetOf } from "../serving/request-target.js";
import {
  declaredOf,
  isKey,
  isName,
  isPositive,
  isText,
  isTextMap,
  known,
  optional,
  readable,
  whenGone,
} from "./api-fields.js";
import type { GatewayCore } from "./core.js";
import { declaredInWords } from "./declared.js";
import { type Disturbing, disturbRoute, restartRoute } from "./disturb-routes.js";
import { invokeRoute } from "./invoke-route.js";
import { ApiError, readJson, sendJson, textField } from "./json-http.js";
import { fetchRoute, publishRoute, topicsRoute, writeRoute } from "./kind-routes.js";
import { readFields, unknownRoute } from "./known-fields.js";
import { registerWithOneTimeToken } from "./register-with-ott.js";
import { subscribeRoute } from "./subscribe-route.js";

function authorize(core: GatewayCore, request: IncomingMessage): void {
  const { adminToken } = core.options;
  if (!adminToken) return;
  const given = (request.headers.authorization ?? "").replace(/^Bearer /, "");
  if (!isSameSecret(given, adminToken) && !core.tokenServer.isSignedIn(given))
    throw new ApiError(401, "UNAUTHORIZED", "Send the administrators' token as: Authorization: Bearer …");
}

async function executeRoute(
  core: GatewayCore,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = ["payload", "capabilityId", "context", "timeoutMs"];
  // As JSON a message may be longer than on the wire; what is too long for a stream is refused by its own size.
  const body = await readFields(request, fields, "execute", 2 * core.maxMessageBytes);
  const registration = known(core, key);
  const capabilityId = optional(body, "capabilityId", isText, "a text");
  const context = optional(body, "context", isTextMap, "an object of texts, of whole characters");
  const timeoutMs = optional(body, "timeoutMs", isPositive, "a number of milliseconds above 0");
  const answer = await core.execute(registration, {
    payload: body.payload === undefined ? {} : body.payload,
    ...(capabilityId === undefined ? {} : { capabilityId }),
    ...(context === undefined ? {} : { context }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    signal: whenGone(response),
  });
  const { requestId, success, error, durationMs } = answer;
  sendJson(response, 200, { requestId, success, error, durationMs, payload: readable(answer) });
}

async function oneTimeTokenRoute(
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = ["tenantId", "connectorType", "instanceId", "ttlMs"];
  const body = await readFields(request, fields, "one-time-tokens");
  const instanceId = optional(body, "instanceId", isName, "a non-empty text of whole characters");
  const owner = {
    tenantId: sanitizeIdentifier(textField(body, "tenantId")),
    connectorType: sanitizeIdentifier(textField(body, "connectorType")),
    ...(instanceId === undefined ? {} : { instanceId: sanitizeIdentifier(instanceId) }),
  };
  const ttlMs = optional(body, "ttlMs", isPositive, "a number of milliseconds above 0");
  const { token, expiresAt } = core.issueOneTimeToken(owner, ttlMs);
  await core.keep();
  // The shape that connectors read from a file or variable (docs/protocol.md, "One-time tokens").
  sendJson(response, 201, {
    token,
    matrix_url: core.httpUrl,
    keycloak_url: core.tokenServer.realmUrl,
    expires_at: new Date(expiresAt).toISOString(),
    connector_type: owner.connectorType,
    tenant_id: owner.tenantId,
  });
}

/** What it can do, with its schemas. */
function capabilitiesRoute(core: GatewayCore, response: ServerResponse, key: string): void {
  sendJson(response, 200, { key, ...declaredInWords(declaredOf(known(core, key))) });
}

/** What an operator (or cert-manager's issuer) does before a connector with a mounted key starts. */
async function clientRoute(
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const fields = ["tenantId", "connectorType", "instanceId", "publicKey", "clientId"];
  const body = await readFields(request, fields, "clients");
  const identity = {
    tenantId: sanitizeIdentifier(textField(body, "tenantId")),
    connectorType: sanitizeIdentifier(textField(body, "connectorType")),
    instanceId: sanitizeIdentifier(textField(body, "instanceId")),
  };
  const publicKey = optional(body, "publicKey", isKey, "a PEM text or a JWK");
  if (publicKey === undefined)
    throw new ApiError(400, "INVALID_FIELD", '"publicKey" must be a PEM text or a JWK.');
  const clientId = optional(body, "clientId", isName, "a non-empty text of whole characters");
  const { clients, realmUrl } = core.tokenServer;
  const client = clients.forMountedKey(registrationKey(identity), publicKey, clientId);
  await core.keep();
  // What goes into STRIKE48_CLIENT_ID, STRIKE48_AUTH_URL and TENANT_ID.
  const settings = { client_id: client.clientId, keycloak_url: realmUrl, tenant_id: identity.tenantId };
  sendJson(response, 201, { ...settings, ...client });
}

async function revokeRoute(core: GatewayCore, response: ServerResponse, clientId: string): Promise<void> {
  if (!core.tokenServer.clients.list().some((one) => one.clientId === clientId))
    throw new ApiError(404, "UNKNOWN_CLIENT", `There is no client "${clientId}".`);
  core.revokeClient(clientId);
  await core.keep();
  sendJson(response, 200, { clientId, revoked: true });
}

type Route = (
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
  gateway: Disturbing,
) => unknown;

/** Told all by their address. */
const actionsWithoutFields: Readonly<Record<string, Route>> = {
  approve: async (core, _request, response, key) => {
    const registration = known(core, key);
    core.approve(registration);
    await core.keep();
    const refused = core.registry.refused(registration);
    sendJson(response, 200, { key, state: "approved", ...(refused === null ? {} : { refused }) });
  },
  reject: async (core, _request, response, key) => {
    const registration = known(core, key);
    const { claimant } = registration;
    core.reject(registration);
    await core.keep();
    // A stream that asked for an identity with an owner goes first: the owner is what the next reject means.
    const whose = claimant ? { rejected: "the stream that asked for its identity" } : {};
    sendJson(response, 200, { key, state: registration.state, ...whose });
  },
  deregister: async (core, _request, response, key) => {
    core.deregister(known(core, key));
    await core.keep();
    sendJson(response, 200, { key });
  },
  retry: (core, _request, response, key) => {
    core.retry(known(core, key));
    sendJson(response, 200, { key });
  },
};

const actions: Readonly<Record<string, Route>> = {
  ...actionsWithoutFields,
  execute: (core, request, response, key) => executeRoute(core, key, request, response),
  fetch: fetchRoute,
  write: writeRoute,
  publish: publishRoute,
  subscribe: subscribeRoute,
};

const routes: Readonly<Record<string, Route>> = {
  "GET /api/registrations": (core, _request, response) => sendJson(response, 200, core.registry.summaries()),
  "GET /api/stats": (core, _request, response) => sendJson(response, 200, core.figures),
  "GET /api/faults": (core, _request, response) => sendJson(response, 200, core.faults.current),
  "POST /api/faults": async (core, request, response) => {
    core.setFaults(await readJson(request));
    sendJson(response, 200, core.faults.current);
  },
  "GET /api/clients": (core, _request, response) => sendJson(response, 200, core.tokenServer.clients.list()),
  "POST /api/clients": (core, request, response) => clientRoute(core, request, response),
  "GET /api/one-time-tokens": (core, _request, response) =>
    sendJson(response, 200, core.oneTimeTokens.list()),
  "POST /api/one-time-tokens": (core, request, response) => oneTimeTokenRoute(core, request, response),
  "POST /api/invoke": (core, request, response) => invokeRoute(core, request, response),
  "POST /api/disturb": (core, request, response, _key, gateway) =>
    disturbRoute(core, request, response, gateway),
  "POST /api/restart": (core, request, response, _key, gateway) =>
    restartRoute(core, request, response, gateway),
};

/** Names come from outside: `constructor` is no action. */
const own = (table: Readonly<Record<string, Route>>, name: string): Route | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined;
function unknownCall(call: string, key?: string, action = ""): ApiError {
  if (key === undefined) return unknownRoute(call, call, Object.keys(routes));
  const at = `POST /api/registrations/${key}/`;
  return unknownRoute(
    call,
    at + action,
    Object.keys(actions).map((name) => at + name),
  );
}

interface Api {
  readonly core: GatewayCore;
  readonly gateway: Disturbing;
  readonly isKnownHost: KnownHost;
  /** Who asks has been judged before. */
  readonly isAdministrator: boolean;
}

async function dispatch(
  { core, gateway, isKnownHost, isAdministrator }: Api,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = "" } = request;
  const target = targetOf(request);
  const { pathname } = target;
  const opensFromElsewhere = core.tokenServer.opensFromElsewhere(method, pathname);
  refuseForeignPage({ request, target, isKnownHost, opensFromElsewhere });
  request.url = pathname + target.search;
  if (pathname.startsWith(`${core.tokenServer.path}/`)) return core.tokenServer.handle(request, response);
  if (pathname.startsWith("/api/")) refuseOtherThanJson(request);
  const call = `${method} ${pathname}`;
  if (call === "GET /healthz") return sendJson(response, 200, { ok: true });
  if (call === "POST /api/connectors/register-with-ott")
    return registerWithOneTimeToken(core, request, response);
  if (call === "GET /api/oidc-config") return sendJson(response, 200, core.tokenServer.signIn);
  if (!isAdministrator) authorize(core, request);
  if (target.search)
    throw new ApiError(400, "INVALID_FIELD", `${pathname} takes no query: put fields into a JSON body.`);
  const route = own(routes, call);
  if (route) return void (await route(core, request, response, "", gateway));
  const [, clientId] = /^POST \/api\/clients\/([^/]+)\/revoke$/.exec(call) ?? [];
  if (clientId) await readFields(request, [], "revoke");
  if (clientId) return revokeRoute(core, response, decodedPart(clientId));
  const [, key, action] = /^\/api\/registrations\/([^/]+)\/(\w+)$/.exec(pathname) ?? [];
  if (key && action === "capabilities" && method === "GET")
    return capabilitiesRoute(core, response, decodedPart(key));
  if (key && action === "topics" && method === "GET")
    return topicsRoute(core, request, response, decodedPart(key));
  const act = key && action && method === "POST" ? own(actions, action) : undefined;
  if (!act || !key) throw unknownCall(call, key, action);
  if (Object.hasOwn(actionsWithoutFields, action ?? "")) await readFields(request, [], action ?? "");
  await act(core, request, response, decodedPart(key), gateway);
}

const statuses: Partial<Readonly<Record<MooringErrorCode, number>>> = {
  INVALID_CONFIG: 400,
  // What the caller gave has no form on the wire.
  SERIALIZATION_ERROR: 400,
  MESSAGE_TOO_LARGE: 413,
  REGISTRATION_ERROR: 409,
  INVOKE_FAILED: 502,
  TIMEOUT: 504,
};

function problem(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof MooringError)) return new ApiError(500, "INTERNAL", "The gateway failed to answer.");
  return new ApiError(statuses[error.code] ?? 503, error.code, error.message);
}

/** `isAdministrator`: for requests of people who have shown who they are elsewhere. */
export function apiHandler(
  core: GatewayCore,
  gateway: Disturbing,
  isAdministrator = false,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { host = "127.0.0.1", allowedHosts } = core.options;
  const api: Api = { core, gateway, isKnownHost: knownHosts(host, allowedHosts), isAdministrator };
  return answering((request, response) => dispatch(api, request, response), sayInJson, problem);
}
