/** Says which variable decides about a proxy where none is on the way: that is as easily overlooked as a wrong one. */
import { type Environment, given } from "../environment/environment.js";
import { MooringError } from "../errors.js";
import { type ChosenProxy, chooseProxy, proxyVariables } from "../network/proxy/choose.js";
import type { Endpoint } from "../protocol/endpoint.js";
import { type Finding, findingsOf } from "./finding.js";

const { ok, warn } = findingsOf("settings");

/** Undefined: what cannot be used is told by the step that would take it. */
function chosen({ host, port, tls }: Endpoint, env: Environment): ChosenProxy | undefined {
  try {
    return chooseProxy(undefined, { host, port, tls }, env);
  } catch (error) {
    if (error instanceof MooringError) return undefined;
    throw error;
  }
}

export function checkProxySetting(env: Environment, endpoint: Endpoint | undefined): readonly Finding[] {
  const choice = endpoint && chosen(endpoint, env);
  if (!choice || choice.proxy) return [];
  if (choice.warning !== undefined) {
    const [what = "", instead = ""] = choice.warning.split(/\. (?:Write|The connection) /);
    return [warn(`${what}: connectors go without a proxy`, `write ${instead}, or unset ${choice.by}`)];
  }
  const set = proxyVariables.find((name) => given(env[name]) !== undefined);
  if (set === undefined) return [];
  const past = choice.by === null ? "which is for TLS alone" : `because of ${choice.by}`;
  return [ok(`no proxy on the way to ${endpoint.authority}, though ${set} is set, ${past}`)];
}
