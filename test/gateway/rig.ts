/** A gateway for one test, calls of its API, and a connector's token call written by hand. */
import { createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { type Gateway, type GatewayOptions, startGateway } from "mooring/gateway";
import { onTestFinished } from "vitest";

export const owner = { tenantId: "t", connectorType: "calc", instanceId: "one" };
export const ownerKey = "t.calc.one";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed when it is JSON, else the text. */
  readonly body: unknown;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export async function call(
  url: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const post = {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  };
  const response = await fetch(url, { redirect: "manual", ...(body === undefined ? { headers } : post) });
  return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
}

export async function gatewayFor(options: GatewayOptions = {}): Promise<Gateway> {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.close());
  return gateway;
}

export const registerUrl = (gateway: Gateway) => `${gateway.httpUrl}/api/connectors/register-with-ott`;

export interface AssertionOptions {
  readonly clientId: string;
  readonly key: KeyObject | string;
  readonly algorithm?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A token call as a connector makes it (docs/protocol.md, "Access tokens"). */
export async function mint(gateway: Gateway, options: AssertionOptions): Promise<Answer> {
  const { clientId, key, algorithm = "ES256", claims = {} } = options;
  const now = Math.floor(Date.now() / 1_000);
  const assertion = await new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: gateway.realmUrl,
    iat: now,
    exp: now + 60,
    jti: randomUUID(),
    ...claims,
  })
    .setProtectedHeader({ alg: algorithm, typ: "JWT" })
    .sign(typeof key === "string" ? createPrivateKey(key) : key);
  const response = await fetch(`${gateway.realmUrl}/protocol/openid-connect/token`, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    }),
  });
  return { status: response.status, headers: response.headers, body: parsed(await response.text()) };
}
