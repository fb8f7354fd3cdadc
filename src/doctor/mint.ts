/** Asks the token server for an access token with each identity at hand, as a connector does, and throws it away. */
import { performance } from "node:perf_hooks";
import { createTokenCall, type SigningIdentity } from "../credentials/access-token.js";
import { CredentialError, type CredentialFailure } from "../credentials/credentials.js";
import type { HttpClient } from "../credentials/http.js";
import { checkClock } from "./clock.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, fail } = findingsOf("token");

/** What failed, by its code, in words; the runtime's own words go with it. */
function failure({ cause, code = "", detail = "" }: CredentialFailure, location: string): Finding {
  if (cause === "credentials-refused") {
    const what = `the token server refuses the client for ${location}: it is unknown or revoked, or its key differs`;
    return fail(what, `check the clock and the registered key. ${detail}`);
  }
  if (code === "INSECURE_HTTP" || code === "REALM_URL") {
    const what = `the realm URL of ${location} is neither https nor on loopback`;
    return fail(what, "correct it: nothing was sent there");
  }
  if (/^HTTP_|^REDIRECT$|^MALFORMED_RESPONSE$|^KEY_|^SIGNING$/.test(code))
    return fail(`no token for ${location} (${code})`, detail || "look at the token server's log");
  if (code === "CLOCK_SKEW") return fail(`no token for ${location}: the clocks differ`, detail);
  const fix = "check STRIKE48_AUTH_URL or keycloak_url of the credentials, and the way to that host";
  return fail(`the token server cannot be reached for ${location} (${code})`, fix);
}

async function mintOne(identity: SigningIdentity, http: HttpClient, now: () => number): Promise<Finding[]> {
  let answer: Response | undefined;
  const watched: HttpClient = {
    fetch: async (url, init) => {
      answer = await http.fetch(url, init);
      return answer.clone();
    },
    close: () => {},
  };
  const monotonicClock = () => performance.now();
  // Our own clock, so that a difference shows as what it is.
  const mint = createTokenCall({
    http: watched,
    allowInsecureHttp: false,
    wallClock: Date.now,
    monotonicClock,
  });
  const sentAt = now();
  const finding = await mint(identity, new AbortController().signal).then(
    ({ freshUntil }) => {
      const seconds = Math.max(0, Math.round((freshUntil - monotonicClock()) / 1_000));
      return ok(`a token for ${identity.location}, to be used for ${seconds} s`);
    },
    (error: unknown) => {
      if (error instanceof CredentialError) return failure(error.failure, identity.location);
      throw error;
    },
  );
  const clock = answer ? checkClock("token server", answer.headers, (sentAt + now()) / 2) : [];
  return [finding, ...clock];
}

/** One after the other: a doctor is no load. */
export async function checkTokens(
  identities: readonly SigningIdentity[],
  http: HttpClient,
  now: () => number,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const identity of identities) findings.push(...(await mintOne(identity, http, now)));
  return findings;
}
