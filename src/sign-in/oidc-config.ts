/** Reads and judges a gateway's `oidc_config`: where people sign in. Trusts no address that is not https or loopback. */
import { isSafeTarget, parseHttpUrl } from "../credentials/callback-base.js";
import { becauseOf, type HttpClient } from "../credentials/http.js";
import { SignInError } from "./errors.js";

/** The protocol's `OidcConfig`, and the revocation endpoint where there is one. */
export interface OidcConfig {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly userinfoEndpoint: string | undefined;
  readonly revocationEndpoint: string | undefined;
}

const unusable = (message: string) => new SignInError("CONFIG", message);

function text(body: Record<string, unknown>, name: string): string | undefined {
  const value = body[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function needed(body: Record<string, unknown>, name: string): string {
  const value = text(body, name);
  if (value === undefined) throw unusable(`OIDC config missing required field: ${name}`);
  return value;
}

function checkEndpoint(value: string | undefined, name: string): string | undefined {
  if (value === undefined) return undefined;
  const url = parseHttpUrl(value);
  if (!url || !isSafeTarget(url, false))
    throw unusable(`The gateway's OIDC config names a ${name} that is neither https nor on loopback.`);
  return value;
}

function endpoint(body: Record<string, unknown>, name: string): string {
  const value = needed(body, name);
  checkEndpoint(value, name);
  return value;
}

/** Reads the JSON form. Throws {@link SignInError} that names the field, and quotes nothing of the peer. */
export function parseOidcConfig(value: unknown): OidcConfig {
  if (typeof value !== "object" || value === null) throw unusable("The gateway's OIDC config is no object.");
  const body: Record<string, unknown> = { ...value };
  const { scopes } = body;
  return {
    authorizationEndpoint: endpoint(body, "authorization_endpoint"),
    tokenEndpoint: endpoint(body, "token_endpoint"),
    clientId: needed(body, "client_id"),
    issuer: needed(body, "issuer"),
    scopes: Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === "string" && scope !== "") : [],
    userinfoEndpoint: checkEndpoint(text(body, "userinfo_endpoint"), "userinfo_endpoint"),
    revocationEndpoint: checkEndpoint(text(body, "revocation_endpoint"), "revocation_endpoint"),
  };
}

/** Asks the gateway. Rejects with {@link SignInError}. */
export async function fetchOidcConfig(gatewayUrl: string, http: HttpClient): Promise<OidcConfig> {
  const url = `${gatewayUrl}/api/oidc-config`;
  let response: Response;
  try {
    response = await http.fetch(url, { method: "GET", headers: { accept: "application/json" }, body: "" });
  } catch (cause) {
    const why = becauseOf(cause);
    throw new SignInError("UNREACHABLE", `The gateway at ${gatewayUrl} cannot be reached${why}.`, { cause });
  }
  if (response.status === 404) throw unusable(`The gateway at ${gatewayUrl} offers no interactive sign-in.`);
  if (!response.ok) throw unusable(`The gateway at ${gatewayUrl} answered with status ${response.status}.`);
  let body: unknown;
  try {
    body = await response.json();
  } catch {
    throw unusable(`The gateway at ${gatewayUrl} answered with something else than JSON.`);
  }
  return parseOidcConfig(body);
}
