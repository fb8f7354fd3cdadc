/** Opens the ways through proxies for a runtime: chooses at each dial, counts, and says in the log what is worth saying. */
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import type { Environment } from "../../environment/environment.js";
import type { Logger } from "../../logger.js";
import { type ChosenProxy, chooseProxy, type ProxyOption, type Target } from "./choose.js";
import { noProxyFigures, type ProxyFigures } from "./figures.js";
import type { HttpProxy } from "./proxy-url.js";
import { openTunnel, ProxyError, type ProxyErrorCode } from "./tunnel.js";

export interface DiallerOptions {
  readonly option: ProxyOption | undefined;
  readonly env: Environment;
  /** Whom to trust on the way to a proxy that is reached by TLS; read at each dial. */
  readonly tls: () => Pick<ConnectionOptions, "ca" | "rejectUnauthorized">;
  readonly logger: Logger;
  /** Monotonic, in ms. */
  readonly now: () => number;
}

/** A reason is said again after so many failures for it. */
const saidAgainAfter = 20;

const reasons: Readonly<Record<ProxyErrorCode, keyof ProxyFigures["failures"]>> = {
  PROXY_UNREACHABLE: "unreachable",
  PROXY_AUTH_FAILED: "auth",
  PROXY_CONNECT_FAILED: "connect_failed",
};

export class ProxyDialler {
  readonly figures: ProxyFigures = noProxyFigures();
  readonly #options: DiallerOptions;
  readonly #warned = new Set<string>();
  #lastReason: string | undefined;
  /** Failures since the last success. */
  #failures = 0;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** Throws INVALID_CONFIG for an address that cannot be used. */
  choose(target: Target): ChosenProxy {
    const chosen = chooseProxy(this.#options.option, target, this.#options.env);
    if (chosen.warning) this.#warnOnce(chosen.warning);
    return chosen;
  }

  /**
   * A socket to the target, paused, through the proxy that is chosen now; undefined where none is. Rejects with
   * {@link ProxyError}, or with the signal's reason.
   */
  tunnel(target: Target, timeoutMs: number, signal?: AbortSignal): Promise<Socket> | undefined {
    const { proxy, by } = this.choose(target);
    if (!proxy) return undefined;
    if (proxy.authorization && !proxy.tls)
      this.#warnOnce(
        `The user name and password for the proxy ${proxy.authority} go to it in clear: write https:// if it takes TLS.`,
      );
    return this.#open(proxy, by ?? "proxy", target, timeoutMs, signal);
  }

  async #open(
    proxy: HttpProxy,
    setting: string,
    target: Target,
    timeoutMs: number,
    signal: AbortSignal | undefined,
  ): Promise<Socket> {
    const { figures } = this;
    const begun = this.#options.now();
    figures.attempts += 1;
    try {
      const tls = proxy.tls ? this.#options.tls() : {};
      const socket = await openTunnel({
        proxy,
        target,
        tls,
        timeoutMs,
        setting,
        ...(signal ? { signal } : {}),
      });
      figures.successes += 1;
      figures.latencyMs.push(this.#options.now() - begun);
      this.#recovered(proxy);
      return socket;
    } catch (error) {
      if (error instanceof ProxyError) this.#failed(error);
      throw error;
    }
  }

  #failed(error: ProxyError): void {
    const reason = reasons[error.code];
    this.figures.failures[reason] += 1;
    this.#failures += 1;
    const isNew = this.#lastReason !== reason;
    this.#lastReason = reason;
    const { logger } = this.#options;
    if (isNew || this.#failures % saidAgainAfter === 0)
      logger.warn({ code: error.code, proxy: error.proxy, failures: this.#failures }, error.message);
  }

  #recovered({ authority }: HttpProxy): void {
    if (this.#failures > 0)
      this.#options.logger.info(
        { proxy: authority, failures: this.#failures },
        "the proxy lets connections through again",
      );
    this.#failures = 0;
    this.#lastReason = undefined;
  }

  #warnOnce(words: string): void {
    if (this.#warned.has(words)) return;
    this.#warned.add(words);
    this.#options.logger.warn({}, words);
  }
}
