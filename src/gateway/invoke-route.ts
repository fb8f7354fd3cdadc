/** `POST /api/invoke`: asks a connector as another one of its tenant would, or as a person of that tenant. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { nearestName } from "../options/nearest-name.js";
import { sanitizeIdentifier } from "../protocol/identity.js";
import { maxInvokeDepth } from "../protocol/limits.js";
import { isName, isPositive, isText, isTextMap, known, optional, readable, whenGone } from "./api-fields.js";
import type { GatewayCore } from "./core.js";
import { invokeDepth, targetIn } from "./invocations.js";
import { ApiError, sendJson, textField } from "./json-http.js";
import { readFields } from "./known-fields.js";
import type { Registration } from "./registry.js";

interface Asker {
  readonly tenantId: string;
  /** What the target is told of who asks. */
  readonly context: Readonly<Record<string, string>>;
}

const fields = [
  "target",
  "caller",
  "tenantId",
  "userId",
  "capabilityId",
  "payload",
  "context",
  "timeoutMs",
  "fireAndForget",
];

const invalid = (words: string) => new ApiError(400, "INVALID_FIELD", words);

/** Hops count as if the connector itself had asked. */
function callerOf(core: GatewayCore, key: string, context: Readonly<Record<string, string>>): Asker {
  const { state, identity } = known(core, key);
  if (state !== "approved")
    throw new ApiError(409, "REGISTRATION_ERROR", `${key} is not approved: it can ask nobody.`);
  const depth = Number(context[invokeDepth] ?? 0) + 1;
  // What is no number is none that is small enough.
  if (!(depth <= maxInvokeDepth))
    throw invalid(
      `"context.${invokeDepth}" must be below ${maxInvokeDepth}: so many connectors may ask in a row.`,
    );
  return { tenantId: identity.tenantId, context: { ...context, [invokeDepth]: String(depth) } };
}

function askerOf(core: GatewayCore, body: Record<string, unknown>): Asker {
  const context = optional(body, "context", isTextMap, "an object of texts, of whole characters") ?? {};
  const caller = optional(body, "caller", isName, "the key of a registration");
  const tenantId = optional(body, "tenantId", isName, "a non-empty text of whole characters");
  const userId = optional(body, "userId", isName, "a non-empty text of whole characters");
  if (caller !== undefined) {
    const wrong = tenantId === undefined ? (userId === undefined ? undefined : "userId") : "tenantId";
    if (wrong) throw invalid(`"${wrong}" goes without "caller": a connector asks within its own tenant.`);
    return callerOf(core, caller, context);
  }
  if (tenantId === undefined)
    throw invalid('Give "caller", the key of the connector that asks, or "tenantId" of the person who does.');
  return {
    tenantId: sanitizeIdentifier(tenantId),
    context: { ...context, ...(userId === undefined ? {} : { user_id: userId }) },
  };
}

function targetOf(core: GatewayCore, tenantId: string, address: string): Registration {
  const target = targetIn(core, tenantId, address);
  if (target) return target;
  const keys = core.registry
    .all()
    .flatMap(({ identity, key }) => (identity.tenantId === tenantId ? key : []));
  const near = nearestName(address, keys.slice(0, 1_000));
  const words = `There is no connector "${address.slice(0, 200)}" in the tenant "${tenantId}"`;
  throw new ApiError(404, "UNKNOWN_TARGET", near ? `${words}; did you mean "${near}"?` : `${words}.`);
}

export async function invokeRoute(
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readFields(request, fields, "invoke", 2 * core.maxMessageBytes);
  const address = textField(body, "target");
  const { tenantId, context } = askerOf(core, body);
  const capabilityId = optional(body, "capabilityId", isText, "a text");
  const timeoutMs = optional(body, "timeoutMs", isPositive, "a number of milliseconds above 0");
  const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
  const fireAndForget = optional(body, "fireAndForget", isFlag, "true or false") ?? false;
  const target = targetOf(core, tenantId, address);
  const asked = core.execute(target, {
    payload: body.payload === undefined ? {} : body.payload,
    // Whose it is follows from who asks, whatever else is given.
    context: { ...context, tenant_id: tenantId },
    ...(capabilityId === undefined ? {} : { capabilityId }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(fireAndForget ? {} : { signal: whenGone(response) }),
  });
  if (fireAndForget) {
    // It is in the events of the gateway how it ends.
    asked.catch(() => {});
    return sendJson(response, 202, { target: target.key });
  }
  const answer = await asked;
  const { requestId, success, error, durationMs } = answer;
  sendJson(response, 200, {
    target: target.key,
    requestId,
    success,
    error,
    durationMs,
    payload: readable(answer),
  });
}
