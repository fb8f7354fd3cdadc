/** Checks the way to the gateway: the layers of the connection, the other transport where they fail, the HTTP API and the clocks. */
import type { HttpClient } from "../credentials/http.js";
import type { Environment } from "../environment/environment.js";
import { asStep, type Finding } from "./finding.js";
import { apiBase, checkApi, isAt } from "./layers/api.js";
import { checkLayers, missingLayer } from "./layers/layers.js";
import { gatewayFindings, type Road } from "./layers/road.js";
import { checkTokenServer } from "./layers/token-server.js";
import { checkOtherTransport } from "./other-transport.js";

const { skip } = gatewayFindings;

export interface ReachOptions {
  readonly road: Road;
  readonly env: Environment;
  readonly http: HttpClient;
  /** Whether tokens are asked for: then the token server's clock shows there. */
  readonly asksForTokens: boolean;
}

/** Without an address there is nothing to try. */
export const gatewaySkipped: readonly Finding[] = [
  skip("TCP, gRPC and the HTTP API", "an address of the gateway that can be dialled"),
];

async function checkHttp(base: string, { road, http, asksForTokens }: ReachOptions) {
  const api = await checkApi(base, road, http);
  if (api[0]?.level === "fail" || asksForTokens) return api;
  return [...api, ...(await checkTokenServer(base, road, http))];
}

/** What lies behind a layer that does not open is not tried. */
export async function checkGateway(options: ReachOptions): Promise<readonly Finding[]> {
  const { road, env } = options;
  const { endpoint } = road;
  const connection = await checkLayers(road);
  const layers = [...connection, ...(await checkOtherTransport(road, connection, env))];
  const base = apiBase(env, endpoint);
  if (base === undefined) return layers;
  const missing = missingLayer(connection, endpoint);
  if (missing !== undefined && isAt(base, endpoint))
    return [...layers, asStep(skip(`the HTTP API at ${base}`, missing), "api")];
  return [...layers, ...(await checkHttp(base, options))];
}
