/** Asks the token server for an access token with each identity at hand, as a connector would, and throws it away. */
import {
  allowInsecureRequests,
  Configuration,
  clientCredentialsGrant,
  customFetch,
  PrivateKeyJwt,
  ResponseBodyError,
} from "openid-client";
import { isSafeTarget, parseHttpUrl } from "../credentials/callback-base.js";
import { type HttpClient, HttpError } from "../credentials/http.js";
import { loadSigningKey } from "../credentials/keys.js";
import type { SavedIdentity } from "../credentials/store.js";
import { checkClock } from "./clock.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, fail } = findingsOf("token");

interface Trace {
  response?: Response;
  fault?: HttpError;
}

async function configurationFor(
  { credentials, privateKeyPem }: SavedIdentity,
  http: HttpClient,
  trace: Trace,
): Promise<Configuration> {
  const issuer = credentials.realmUrl.trim().replace(/\/+$/, "");
  const server = { issuer, token_endpoint: `${issuer}/protocol/openid-connect/token` };
  const { key } = await loadSigningKey(privateKeyPem ?? "");
  const sign = PrivateKeyJwt(credentials.kid === undefined ? key : { key, kid: credentials.kid });
  const configuration = new Configuration(server, credentials.clientId, {}, sign);
  // Plain http was judged before; the time limit is that of the HTTP client.
  allowInsecureRequests(configuration);
  configuration.timeout = 0;
  configuration[customFetch] = async (url, { method, headers, body }) => {
    try {
      trace.response = await http.fetch(url, { method, headers, body: String(body) });
      return trace.response.clone();
    } catch (error) {
      trace.fault = error instanceof HttpError ? error : new HttpError("NETWORK");
      throw error;
    }
  };
  return configuration;
}

function failure(error: unknown, { response, fault }: Trace, { location }: SavedIdentity): Finding {
  const about = `for ${location}`;
  if (fault) {
    const fix = "check STRIKE48_AUTH_URL or keycloak_url of the credentials, and the way to that host";
    return fail(`the token server cannot be reached ${about} (${fault.code})`, fix);
  }
  const isRefusal =
    error instanceof ResponseBodyError && ["invalid_client", "unauthorized_client"].includes(error.error);
  if (isRefusal) {
    const fix = `check the clock and the registered key, or move ${location} away to register anew`;
    return fail(
      `the token server refuses the client ${about}: it is unknown or revoked, or its key differs`,
      fix,
    );
  }
  const status = response ? ` (status ${response.status})` : "";
  return fail(`no token ${about}${status}`, "look at the token server's log");
}

async function mintOne(identity: SavedIdentity, http: HttpClient, now: () => number): Promise<Finding[]> {
  const url = parseHttpUrl(identity.credentials.realmUrl.trim());
  if (!url || !isSafeTarget(url, false)) {
    const what = `the realm URL of ${identity.location} is neither https nor on loopback`;
    return [fail(what, "correct it: nothing was sent there")];
  }
  const trace: Trace = {};
  const sentAt = now();
  const finding = await configurationFor(identity, http, trace)
    .then(clientCredentialsGrant)
    .then(
      ({ expires_in }) =>
        ok(`a token for ${identity.location}, good for ${expires_in ?? "an unknown time of"} s`),
      (error: unknown) => failure(error, trace, identity),
    );
  const clock = trace.response
    ? checkClock("token server", trace.response.headers, (sentAt + now()) / 2)
    : [];
  return [finding, ...clock];
}

/** One after the other: a doctor is no load. */
export async function checkTokens(
  identities: readonly SavedIdentity[],
  http: HttpClient,
  now: () => number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const identity of identities) findings.push(...(await mintOne(identity, http, now)));
  return findings;
}
