/**
 * `POST /api/connectors/register-with-ott`: a one-time token and a public key become a client
 * (docs/protocol.md, "Register with a one-time token").
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { registrationKey } from "../protocol/identity.js";
import type { GatewayCore } from "./core.js";
import { ApiError, readJson, sendJson, textField } from "./json-http.js";
import { refuseUnknownFields } from "./known-fields.js";
import type { TokenRefusal } from "./one-time-tokens.js";

const unauthorized = "Invalid or expired token";

/**
 * The words that clients match on are kept for tokens that count no more; a token for somebody else will never
 * count, so that it must not be tried again. `reason` tells them apart for people.
 */
const refusals: Readonly<Record<TokenRefusal, string>> = {
  unknown: unauthorized,
  used: unauthorized,
  expired: unauthorized,
  "wrong-type": "The token is for another connector type",
  "wrong-instance": "The token is for another instance",
};

/** Plays the fault that is in force, if any. True when it has answered. */
async function playFault(core: GatewayCore, response: ServerResponse): Promise<boolean> {
  const { faults } = core;
  const { ottDelayMs, ottRedirect } = faults.current;
  if (ottDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, ottDelayMs));
  if (ottRedirect) response.writeHead(307, { location: ottRedirect }).end();
  else if (faults.use("ottUnauthorized")) sendJson(response, 401, { error: unauthorized });
  else if (faults.use("ottServerError")) sendJson(response, 500, { error: "injected" });
  else if (faults.use("ottMalformed"))
    response.writeHead(200, { "content-type": "application/json" }).end("{ not json");
  else return false;
  core.emit({ type: "fault", name: "register-with-ott" });
  return true;
}

export async function registerWithOneTimeToken(
  core: GatewayCore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readJson(request);
  if (await playFault(core, response)) return;
  refuseUnknownFields(body, ["token", "public_key", "connector_type", "instance_id"], "register-with-ott");
  const members = Object.keys(body).sort().join(",");
  if (members !== "connector_type,instance_id,public_key,token") {
    throw new ApiError(
      400,
      "INVALID_FIELD",
      "The members must be token, public_key, connector_type and instance_id.",
    );
  }
  const publicKey = textField(body, "public_key");
  const token = textField(body, "token");
  const found = core.oneTimeTokens.check(
    token,
    textField(body, "connector_type"),
    textField(body, "instance_id"),
  );
  if (typeof found === "string")
    return sendJson(response, 401, { error: refusals[found], reason: found.replace("-", "_") });
  const { clientId, kid } = madeClient(core, registrationKey(found), publicKey);
  core.oneTimeTokens.use(token);
  await core.keep();
  sendJson(response, 200, {
    client_id: clientId,
    keycloak_url: core.tokenServer.realmUrl,
    tenant_id: found.tenantId,
    kid,
  });
}

/** Asked for only when the token counts, so that keys are not judged for strangers. A bad key uses nothing up. */
function madeClient(core: GatewayCore, key: string, publicKey: string) {
  try {
    return core.tokenServer.clients.fromOneTimeToken(key, publicKey);
  } catch {
    throw new ApiError(400, "INVALID_FIELD", '"public_key" must be an EC P-256 public key (SPKI PEM).');
  }
}
