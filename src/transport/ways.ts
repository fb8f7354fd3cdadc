/** The ways through proxies of a transport that is used without a runtime: by its own option, and nothing else. */
import { silentLogger } from "../logger.js";
import { ProxyDialler, type Ways } from "../network/proxy/dialler.js";
import type { DialOptions, TransportOptions } from "./options.js";
import { proxyTrust } from "./tls.js";

/** `ways`: those of a runtime. */
export function withWays(options: TransportOptions, ways?: Ways): DialOptions {
  const { proxy = false, tls } = options;
  const own = () =>
    new ProxyDialler({ option: proxy, env: {}, tls: () => proxyTrust(tls), logger: silentLogger });
  return { ...options, ways: ways ?? own() };
}
