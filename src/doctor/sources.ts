/** Tells which credentials a registration would use and why, by the order and the rules of the runtime. */

import { readMountedKeySettings } from "../credentials/mounted-key.js";
import { findOneTimeToken, reasonAgainst, wellKnownTokenPaths } from "../credentials/one-time-token.js";
import { type Environment, given } from "../environment/environment.js";
import { sanitizeIdentifier } from "../protocol/identity.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, warn, fail } = findingsOf("source");

/** In order; the first that applies to a registration is used. */
interface Choice {
  readonly whom: string;
  readonly what: string;
}

async function oneTimeToken(env: Environment, now: number) {
  const tenantId = sanitizeIdentifier(given(env.TENANT_ID) ?? "default");
  // Which connector types will run is not known here.
  return findOneTimeToken(env, wellKnownTokenPaths(env), ({ connectorType: _, ...token }) =>
    reasonAgainst(token, { tenantId, connectorType: "", instanceId: "" }, now),
  );
}

function inOrder(env: Environment, saved: readonly string[], tokenFrom: string | undefined): Choice[] {
  const others = saved.length > 0 ? "any other registration" : "a registration";
  if (readMountedKeySettings(env).is === "complete") {
    const client = given(env.STRIKE48_CLIENT_ID);
    return [{ whom: "every registration", what: `uses the mounted key of the client ${client}` }];
  }
  return [
    ...saved.map((name) => ({ whom: name, what: "uses its saved credentials" })),
    ...(tokenFrom === undefined
      ? []
      : [{ whom: others, what: `uses the one-time token of ${tokenFrom}, as long as that is valid` }]),
    given(env.AUTH_TOKEN) === undefined
      ? {
          whom: others,
          what: "shows no credentials: it waits for approval, unless the gateway approves by itself",
        }
      : { whom: others, what: "uses AUTH_TOKEN" },
  ];
}

/** `saved`: the names of registrations with credentials on disk. */
export async function checkSources(
  env: Environment,
  saved: readonly string[],
  now: number,
): Promise<Finding[]> {
  const mounted = readMountedKeySettings(env);
  if (mounted.is === "wrong") return [fail(mounted.what, mounted.fix)];
  if (mounted.is === "complete" && given(env.TENANT_ID) === undefined) {
    const what = "a mounted key is half configured: TENANT_ID is not set";
    return [fail(what, "set TENANT_ID, or give each registration its tenantId")];
  }
  const { token, unusable } = await oneTimeToken(env, now);
  const passedOver = unusable.map(({ from, why }) =>
    warn(
      `the one-time token of ${from} is passed over: ${why}`,
      from.includes("STRIKE48_")
        ? "put a new one there, or unset the variable"
        : "put a new one there, or remove it",
    ),
  );
  const said = inOrder(env, saved, token?.from);
  return [
    ...passedOver,
    ...said.map(({ whom, what }) => ok(`unless add() gives an authToken, ${whom} ${what}`)),
  ];
}
