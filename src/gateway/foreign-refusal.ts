/** Web pages of other origins must not pose as connectors. */
import type { IncomingMessage } from "node:http";
import { knownHosts, refuseForeignPage } from "../serving/foreign-page.js";
import { targetOf } from "../serving/request-target.js";
import type { GatewayOptions } from "./gateway.js";

/** Connectors are no web pages, and name the host of their setting. */
export function foreignRefusal({ host = "127.0.0.1", allowedHosts, logger }: GatewayOptions) {
  const isKnownHost = knownHosts(host, allowedHosts);
  return (request: IncomingMessage): void => {
    try {
      refuseForeignPage({ request, target: targetOf(request), isKnownHost });
    } catch (error) {
      logger?.warn({ err: error }, "a connector's request is refused with 403");
      throw error;
    }
  };
}
