/** Compares our clock with that of the token server that the gateway names: assertions are refused for it. */
import type { HttpClient } from "../../credentials/http.js";
import { fetchOidcConfig } from "../../sign-in/oidc-config.js";
import { checkClock } from "../clock.js";
import { asStep, type Finding } from "../finding.js";
import { gatewayFindings, type Road, reason } from "./road.js";

const { ok, warn } = gatewayFindings;

/** Where tokens are made, when that is another server than the API. Gateways need not say; what is unsafe is not asked. */
async function tokenServerOf(base: string, http: HttpClient): Promise<URL | undefined> {
  try {
    const url = new URL((await fetchOidcConfig(base, http)).tokenEndpoint);
    return url.origin === new URL(base).origin ? undefined : url;
  } catch {
    return undefined;
  }
}

/** Sends nothing but the question, which the server may well refuse: its clock shows all the same. */
export async function checkTokenServer(
  base: string,
  { now, clock }: Road,
  http: HttpClient,
): Promise<readonly Finding[]> {
  const url = await tokenServerOf(base, http);
  if (!url) return [];
  const [begun, sentAt] = [clock(), now()];
  const step = (finding: Finding) => asStep(finding, "token-server", clock() - begun);
  try {
    const { headers } = await http.fetch(url, { method: "GET", headers: {}, body: "" });
    const ours = (sentAt + now()) / 2;
    return [
      step(ok(`the token server at ${url.origin} answers`)),
      ...checkClock("token server", headers, ours),
    ];
  } catch (error) {
    const code = reason(error);
    const what = `the token server at ${url.origin} does not answer (${code})`;
    return [step(warn(what, "check the way to that host: approved connectors get their tokens there", code))];
  }
}
