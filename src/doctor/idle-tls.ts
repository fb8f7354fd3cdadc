/** Settings of TLS that nothing uses: the stream has none, and no HTTP address that is known does. */

import { type Environment, given } from "../environment/environment.js";
import { addressOf, type Endpoint } from "../protocol/endpoint.js";
import { type Finding, findingsOf } from "./finding.js";
import { switchIn } from "./settings.js";

const { warn } = findingsOf("settings");

/** What HTTP calls have TLS for; a one-time token brings addresses of its own. */
function hasOtherUse(env: Environment, realms: readonly string[]): boolean {
  if (given(env.STRIKE48_REGISTRATION_TOKEN) ?? given(env.STRIKE48_REGISTRATION_TOKEN_FILE)) return true;
  return [env.STRIKE48_API_URL, env.STRIKE48_AUTH_URL, ...realms].some((url) =>
    /^\s*https:/i.test(url ?? ""),
  );
}

/** `realms`: where the saved credentials get their tokens. Without an address there is nothing to say. */
export function checkIdleTls(
  env: Environment,
  endpoint: Endpoint | undefined,
  realms: readonly string[],
): readonly Finding[] {
  const names = [
    ...(given(env.MATRIX_TLS_CA_CERT) === undefined ? [] : ["MATRIX_TLS_CA_CERT"]),
    ...(switchIn(env, "MATRIX_TLS_INSECURE") === true ? ["MATRIX_TLS_INSECURE"] : []),
  ];
  if (!endpoint || endpoint.tls || names.length === 0 || hasOtherUse(env, realms)) return [];
  const [does, them] = names.length > 1 ? ["do", "them"] : ["does", "it"];
  const what = `${names.join(" and ")} ${does} nothing, because the gateway is ${addressOf(endpoint)}, without TLS`;
  return [
    warn(what, `write ${addressOf({ ...endpoint, tls: true })} if the gateway takes TLS, or unset ${them}`),
  ];
}
