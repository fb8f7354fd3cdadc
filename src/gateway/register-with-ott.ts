/** `POST /api/connectors/register-with-ott`: a one-time token and a public key become a client (`authentication.md` §6). */
import type { IncomingMessage, ServerResponse } from "node:http";
import { registrationKey } from "../protocol/identity.js";
import type { GatewayCore } from "./core.js";
import { ApiError, readJson, sendJson, textField } from "./json-http.js";

const unauthorized = { error: "Invalid or expired token" };

/** Plays the fault that is in force, if any. True when it has answered. */
async function playFault(core: GatewayCore, response: ServerResponse): Promise<boolean> {
  const { faults } = core;
  const { ottDelayMs, ottRedirect } = faults.current;
  if (ottDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, ottDelayMs));
  if (ottRedirect) response.writeHead(307, { location: ottRedirect }).end();
  else if (faults.use("ottUnauthorized")) sendJson(response, 401, unauthorized);
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
  if (!request.headers["content-type"]?.startsWith("application/json")) {
    throw new ApiError(415, "INVALID_CONTENT_TYPE", "Send Content-Type: application/json.");
  }
  const body = await readJson(request);
  if (await playFault(core, response)) return;
  const members = Object.keys(body).sort().join(",");
  if (members !== "connector_type,instance_id,public_key,token") {
    throw new ApiError(
      400,
      "INVALID_FIELD",
      "The members must be token, public_key, connector_type and instance_id.",
    );
  }
  const publicKey = textField(body, "public_key");
  const identity = core.oneTimeTokens.consume(
    textField(body, "token"),
    textField(body, "connector_type"),
    textField(body, "instance_id"),
  );
  if (!identity) return sendJson(response, 401, unauthorized);
  const client = await core.tokenServer.addClient(registrationKey(identity), publicKey).catch(() => {
    throw new ApiError(400, "INVALID_FIELD", '"public_key" must be an EC P-256 public key (SPKI PEM).');
  });
  sendJson(response, 200, {
    client_id: client.clientId,
    keycloak_url: core.tokenServer.realmUrl,
    tenant_id: identity.tenantId,
    kid: client.kid,
  });
}
