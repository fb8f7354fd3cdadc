/** Everything that has to be right before a connector can register, checked from where it would run. */
import { performance } from "node:perf_hooks";
import { createHttpClient } from "../credentials/http.js";
import { namesOfGateway } from "../credentials/issuing-gateway.js";
import { type Environment, given } from "../environment/environment.js";
import { httpTrust, httpWays } from "../sign-in/index.js";
import { type TlsOptions, tlsMaterial } from "../transport/tls.js";
import { checkFiles } from "./files.js";
import type { Finding } from "./finding.js";
import { checkIdleTls } from "./idle-tls.js";
import { isAt } from "./layers/api.js";
import { lookupBySystem } from "./layers/dns.js";
import { missingLayer } from "./layers/layers.js";
import { defaultLimitMs, type Lookup } from "./layers/road.js";
import { checkTokens } from "./mint.js";
import { checkProxySetting } from "./proxy-setting.js";
import { checkGateway, gatewaySkipped } from "./reach.js";
import { checkSettings, dialled } from "./settings.js";
import { checkSources } from "./sources.js";
import { checkTransportSetting } from "./transport-setting.js";

export type { Finding } from "./finding.js";

export interface DoctorOptions {
  readonly env: Environment;
  /** The gateway that connectors dial, when not by the environment. */
  readonly url?: string;
  /** Default `Date.now`. */
  readonly now?: () => number;
  /** Finds the addresses of a name. Default: the system's resolver. */
  readonly lookup?: Lookup;
  /**
   * What each step on the way to the gateway may take, in ms; a call of HTTP, which has several, twice as long.
   * @default 5000
   */
  readonly limitMs?: number;
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
export async function runChecks(options: DoctorOptions): Promise<readonly Finding[]> {
  const { env, url, now = Date.now, lookup = lookupBySystem, limitMs = defaultLimitMs } = options;
  const tls = trust(env);
  const ways = httpWays(env, tls);
  const http = createHttpClient({ timeoutMs: 2 * limitMs, tls: () => tlsMaterial(tls), ways });
  try {
    const { endpoint, finding } = dialled(url, env);
    const here = endpoint ? namesOfGateway({ apiUrl: given(env.STRIKE48_API_URL), dialled: endpoint }) : [];
    const files = await checkFiles(env, here);
    const clock = () => performance.now();
    const road = endpoint && { endpoint, ways, tls, lookup, now, clock, limitMs };
    const asksForTokens = files.identities.length > 0;
    const gateway = road ? await checkGateway({ road, env, http, asksForTokens }) : gatewaySkipped;
    const missing = (url: string) =>
      endpoint && isAt(url, endpoint) ? missingLayer(gateway, endpoint) : undefined;
    const tokens = await checkTokens(files.identities, http, now, missing);
    const sources = await checkSources(env, files.saved, now());
    const realms = files.identities.map(({ credentials }) => credentials.realmUrl);
    const settings = [
      finding,
      ...checkSettings(env, now()),
      ...checkTransportSetting(url, env, endpoint),
      ...checkProxySetting(env, endpoint),
      ...checkIdleTls(env, endpoint, realms),
    ];
    return [...settings, ...sources, ...files.findings, ...gateway, ...tokens];
  } finally {
    http.close();
  }
}
