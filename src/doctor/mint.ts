/** Asks the token server for an access token with each identity at hand, as a connector does, and throws it away. */
import { performance } from "node:perf_hooks";
import { createTokenCall, type SigningIdentity } from "../credentials/access-token.js";
import { CredentialError, type CredentialFailure } from "../credentials/credentials.js";
import type { HttpClient } from "../credentials/http.js";
import { tlsAdvice } from "../network/tls-failure.js";
import { checkClock } from "./clock.js";
import { asStep, type Finding, findingsOf } from "./finding.js";

const { ok, fail, skip } = findingsOf("token");

/** Where the realm's URL is set, and what to do about a client that is refused. */
const settingsOf = {
  saved: (location: string) => ({
    realm: `keycloak_url in ${location}`,
    refused: `check the clock; mooring dev without --state forgets its clients when it restarts; to register anew, move ${location} away`,
  }),
  "mounted-key": () => ({
    realm: "STRIKE48_AUTH_URL",
    refused: "check the clock, STRIKE48_CLIENT_ID, and that this key is registered for it",
  }),
} as const;

/** What failed, by its code, in words. */
function failure(
  { cause, code = "", detail = "" }: CredentialFailure,
  { kind, location }: SigningIdentity,
): Finding {
  const { realm, refused } = settingsOf[kind](location);
  if (cause === "credentials-refused") {
    const what = `the token server refuses the client for ${location}: it is unknown or revoked, or its key differs`;
    return fail(what, refused);
  }
  if (code === "INSECURE_HTTP" || code === "REALM_URL") {
    const what = `the realm URL of ${location} is neither https nor on loopback`;
    return fail(what, `correct ${realm}: nothing was sent there`);
  }
  const answered = /^HTTP_(\d+)$/.exec(code)?.[1];
  if (answered !== undefined) {
    const what = `no token for ${location}: the token server answers with status ${answered}`;
    const isElsewhere = answered === "404" || answered === "405";
    return fail(
      what,
      isElsewhere ? `check ${realm}: the full URL of the realm` : "look at the token server's log",
    );
  }
  if (code === "REDIRECT" || code === "MALFORMED_RESPONSE")
    return fail(`no token for ${location} (${code})`, `check ${realm}: the full URL of the realm. ${detail}`);
  if (/^KEY_|^SIGNING$/.test(code))
    return fail(`no token for ${location} (${code})`, detail || "look at the token server's log");
  if (code === "CLOCK_SKEW") return fail(`no token for ${location}: the clocks differ`, detail);
  const what = `the token server cannot be reached for ${location} (${code})`;
  return fail(what, tlsAdvice(code, "http://") ?? `check ${realm}, and the way to that host`);
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
  // Its first call goes by our own clock, so that a difference shows as what it is.
  const mint = createTokenCall({ http: watched, allowInsecureHttp: false, wallClock: now, monotonicClock });
  const [begun, sentAt] = [monotonicClock(), now()];
  const finding = await mint(identity, new AbortController().signal).then(
    ({ freshUntil }) => {
      const seconds = Math.max(0, Math.round((freshUntil - monotonicClock()) / 1_000));
      return ok(`a token for ${identity.location}, to be used for ${seconds} s`);
    },
    (error: unknown) => {
      if (error instanceof CredentialError) return failure(error.failure, identity);
      throw error;
    },
  );
  const clock = answer ? checkClock("token server", answer.headers, (sentAt + now()) / 2) : [];
  return [asStep(finding, "token", monotonicClock() - begun), ...clock];
}

/** What nobody answers at, by a URL: what it would take to ask there. */
export type Missing = (url: string) => string | undefined;

/** One after the other: a doctor is no load. */
export async function checkTokens(
  identities: readonly SigningIdentity[],
  http: HttpClient,
  now: () => number,
  missing: Missing,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const identity of identities) {
    const needs = missing(identity.credentials.realmUrl);
    if (needs === undefined) findings.push(...(await mintOne(identity, http, now)));
    else findings.push(asStep(skip(`a token for ${identity.location}`, needs), "token"));
  }
  return findings;
}
