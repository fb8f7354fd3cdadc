/** Opens the ways through proxies for a runtime: chooses at each dial, counts, and says in the log what is worth saying. */
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { type Environment, given } from "../../environment/environment.js";
import { MooringError } from "../../errors.js";
import type { Logger } from "../../logger.js";
import { type ChosenProxy, chooseProxy, type ProxyOption, type ProxyTarget } from "./choose.js";
import { noProxyFigures, type ProxyFigures } from "./figures.js";
import type { HttpProxy } from "./proxy-url.js";
import { notReached, openTunnel, ProxyError, type ProxyErrorCode, timedOut } from "./tunnel.js";

/** The way to a target through a proxy, as it was chosen for one dial. */
export interface Way {
  /** Of the proxy, without brackets. */
  readonly host: string;
  /** Of the proxy. */
  readonly port: number;
  /** Of the proxy, as `host:port`. */
  readonly authority: string;
  /** What chose it: `proxy`, or the name of a variable. */
  readonly by: string;
  /**
   * A socket to the target, paused. `timeoutMs` is for the whole dial: the proxy gets most of it, so that a silent one
   * is told as such. `over`: a connection to the proxy that is there already. Rejects with {@link ProxyError}, or with
   * the signal's reason.
   */
  open(timeoutMs: number, signal?: AbortSignal, over?: Socket): Promise<Socket>;
  /** For whoever dials the proxy by itself: its `error`, or none when it has said nothing in so many ms. */
  failed(why: { readonly error: unknown } | { readonly silentMs: number }): ProxyError;
}

/** Which way leads to a target now. */
export interface Ways {
  /** Undefined: directly. Throws {@link ProxyError} for a setting that cannot be used. */
  to(target: ProxyTarget): Way | undefined;
}

export interface DiallerOptions {
  readonly option: ProxyOption | undefined;
  readonly env: Environment;
  /** Whom to trust on the way to a proxy that is reached by TLS; read at each dial. */
  readonly tls: () => Pick<ConnectionOptions, "ca" | "rejectUnauthorized">;
  readonly logger: Logger;
  /** Monotonic, in ms. Default `performance.now`. */
  readonly now?: () => number;
}

/** A reason is said again after so many failures for it. */
const saidAgainAfter = 20;

/** Of the time for a dial. */
const proxysShare = 0.9;

const reasons: Readonly<Record<ProxyErrorCode, keyof ProxyFigures["failures"]>> = {
  PROXY_UNREACHABLE: "unreachable",
  PROXY_AUTH_FAILED: "auth",
  PROXY_CONNECT_FAILED: "connect_failed",
};

export class ProxyDialler implements Ways {
  readonly figures: ProxyFigures = noProxyFigures();
  readonly #options: DiallerOptions;
  readonly #now: () => number;
  readonly #warned = new Set<string>();
  #lastReason: string | undefined;
  /** Failures since the last success. */
  #failures = 0;

  constructor(options: DiallerOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  to(target: ProxyTarget): Way | undefined {
    const { proxy, by, warning } = this.#choose(target);
    if (warning) this.#warnOnce(warning);
    if (!proxy) return undefined;
    if (proxy.authorization && !proxy.tls)
      this.#warnOnce(
        `The user name and password for the proxy ${proxy.authority} go to it in clear: write https:// if it takes TLS.`,
      );
    const road = { proxy, target, setting: by ?? "proxy" };
    const { host, port, authority } = proxy;
    return {
      host,
      port,
      authority,
      by: road.setting,
      open: (timeoutMs, signal, over) => this.#open(road, timeoutMs, signal, over),
      failed: (why) => {
        this.figures.attempts += 1;
        const error = "error" in why ? notReached(road, why.error) : timedOut(road, why.silentMs);
        this.#failed(error, proxy);
        return error;
      },
    };
  }

  #choose(target: ProxyTarget): ChosenProxy {
    try {
      return chooseProxy(this.#options.option, target, this.#options.env);
    } catch (error) {
      if (error instanceof MooringError)
        throw new ProxyError("INVALID_CONFIG", error.message.replace(/\.$/, ""), "");
      throw error;
    }
  }

  async #open(
    road: { readonly proxy: HttpProxy; readonly target: ProxyTarget; readonly setting: string },
    timeoutMs: number,
    signal: AbortSignal | undefined,
    over: Socket | undefined,
  ): Promise<Socket> {
    const { figures } = this;
    const begun = this.#now();
    figures.attempts += 1;
    try {
      const socket = await openTunnel({
        ...road,
        tls: road.proxy.tls ? this.#options.tls() : {},
        timeoutMs: Math.max(1, Math.floor(timeoutMs * proxysShare)),
        ...(signal ? { signal } : {}),
        ...(over ? { over } : {}),
      });
      figures.successes += 1;
      figures.latencyMs.push(this.#now() - begun);
      this.#recovered(road.proxy);
      return socket;
    } catch (error) {
      if (error instanceof ProxyError) this.#failed(error, road.proxy);
      throw error;
    }
  }

  #failed({ code, message }: ProxyError, { authority }: HttpProxy): void {
    if (code === "INVALID_CONFIG") return;
    const reason = reasons[code];
    this.figures.failures[reason] += 1;
    this.#failures += 1;
    const isNew = this.#lastReason !== reason;
    this.#lastReason = reason;
    if (isNew || this.#failures % saidAgainAfter === 0)
      this.#options.logger.warn({ code, proxy: authority, failures: this.#failures }, message);
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

/** Throws INVALID_CONFIG that names what cannot be used: the option, or the operator's variable. A function is asked later. */
export function checkProxy(option: ProxyOption | undefined, env: Environment): void {
  if (typeof option === "function" || (option === undefined && !given(env.STUDIO_PROXY))) return;
  // No pattern of NO_PROXY but `*` matches it, so that a fault is told whatever is dialled.
  chooseProxy(option, { host: "host.invalid", port: 443, tls: true }, env);
}
