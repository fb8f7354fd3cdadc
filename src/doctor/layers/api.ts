/** Asks the HTTP API, which credentials come from, and compares its clock with ours. */
import { deriveBase, parseHttpUrl } from "../../credentials/callback-base.js";
import { type HttpClient, HttpError } from "../../credentials/http.js";
import { type Environment, given } from "../../environment/environment.js";
import { isLoopbackHost } from "../../network/loopback.js";
import type { Endpoint } from "../../protocol/endpoint.js";
import { checkClock } from "../clock.js";
import { asStep, type Finding } from "../finding.js";
import { fixFor, gatewayFindings, type Road, reason } from "./road.js";

const { ok, warn, fail } = gatewayFindings;

/** By the setting, else as it follows from what is dialled; undefined when there is no host. */
export const apiBase = (env: Environment, { authority, tls }: Endpoint): string | undefined =>
  given(env.STRIKE48_API_URL)?.replace(/\/+$/, "") ?? deriveBase(authority, tls)?.url;

/** `host:port` of an HTTP URL; this machine has one name. */
function authorityOf(url: string): string | undefined {
  const parsed = parseHttpUrl(url);
  if (!parsed) return undefined;
  const { hostname, port, protocol } = parsed;
  return `${isLoopbackHost(hostname) ? "localhost" : hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** Whether a URL is answered at the address that connectors dial. */
export const isAt = (url: string, { authority, tls }: Endpoint): boolean =>
  authorityOf(url) === authorityOf(`${tls ? "https" : "http"}://${authority}`);

function unanswered(base: string, error: unknown, endpoint: Endpoint): Finding {
  const code = reason(error);
  const what = `the HTTP API at ${base} does not answer (${code})`;
  if (error instanceof HttpError && error.proxyFault !== undefined)
    return fail(what, error.proxyFault.replace(/\.$/, ""), code);
  const host = parseHttpUrl(base)?.hostname ?? endpoint.host;
  const advised = fixFor(code, { ...endpoint, host }).replace(/use (grpc|ws):\/\/$/, "use http://");
  return fail(what, `${advised}; set STRIKE48_API_URL when the API is elsewhere`, code);
}

/** `what`: whose address it is, for the words. Sends nothing but the question. */
export async function checkApi(
  base: string,
  { endpoint, now, clock }: Road,
  http: HttpClient,
): Promise<readonly Finding[]> {
  const [begun, sentAt] = [clock(), now()];
  const step = (finding: Finding) => asStep(finding, "api", clock() - begun);
  try {
    const response = await http.fetch(`${base}/healthz`, { method: "GET", headers: {}, body: "" });
    const { status, headers } = response;
    const fix = "look at the gateway's log";
    const answered = step(
      status >= 500
        ? warn(`the HTTP API at ${base} answers with status ${status}`, fix, `HTTP_${status}`)
        : ok(`the HTTP API at ${base} answers`),
    );
    return [answered, ...checkClock("gateway", headers, (sentAt + now()) / 2)];
  } catch (error) {
    return [step(unanswered(base, error, endpoint))];
  }
}
