/** Everything that has to be right before a connector can register, checked from where it would run. */

import { createHttpClient } from "../credentials/http.js";
import { namesOfGateway } from "../credentials/issuing-gateway.js";
import { type Environment, given } from "../environment/environment.js";
import { httpTrust, httpWays } from "../sign-in/index.js";
import { type TlsOptions, tlsMaterial } from "../transport/tls.js";
import { checkFiles } from "./files.js";
import type { Finding } from "./finding.js";
import { checkIdleTls } from "./idle-tls.js";
import { checkTokens } from "./mint.js";
import { checkGateway, gatewaySkipped, isAt, unopenedLayer } from "./reach.js";
import { checkSettings, dialled } from "./settings.js";
import { checkSources } from "./sources.js";

export type { Finding } from "./finding.js";

export interface DoctorOptions {
  readonly env: Environment;
  /** The gateway that connectors dial, when not by the environment. */
  readonly url?: string;
  /** Default `Date.now`. */
  readonly now?: () => number;
}

/** The setting is judged by its own check; here a certificate that cannot be read is none. */
function trust(env: Environment): TlsOptions {
  try {
    return httpTrust(env);
  } catch {
    return {};
  }
}

/** Never rejects for what it finds. Makes no change anywhere; the tokens it gets are thrown away. */
export async function runChecks({ env, url, now = Date.now }: DoctorOptions): Promise<readonly Finding[]> {
  const tls = trust(env);
  const ways = httpWays(env, tls);
  const http = createHttpClient({ timeoutMs: 10_000, tls: () => tlsMaterial(tls), ways });
  try {
    const { endpoint, finding } = dialled(url, env);
    const here = endpoint ? namesOfGateway({ apiUrl: given(env.STRIKE48_API_URL), dialled: endpoint }) : [];
    const files = await checkFiles(env, here);
    const gateway = endpoint ? await checkGateway({ endpoint, env, tls, http, ways, now }) : gatewaySkipped;
    const unopened = unopenedLayer(gateway);
    const missing = (url: string) =>
      unopened !== undefined && endpoint && isAt(url, endpoint)
        ? `${unopened} to ${endpoint.authority}`
        : undefined;
    const tokens = await checkTokens(files.identities, http, now, missing);
    const sources = await checkSources(env, files.saved, now());
    const realms = files.identities.map(({ credentials }) => credentials.realmUrl);
    const settings = [finding, ...checkSettings(env, now()), ...checkIdleTls(env, endpoint, realms)];
    return [...settings, ...sources, ...files.findings, ...gateway, ...tokens];
  } finally {
    http.close();
  }
}
