/** A connection through an HTTP proxy: CONNECT, and from its answer on a socket to the target. */
import { isIP, type Socket, connect as tcpConnect } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { codeOf } from "../../errors.js";
import { nodeTls } from "../../late-modules.js";
import { proxyHeadBytes } from "../../protocol/limits.js";
import { isLoopbackHost } from "../loopback.js";
import { isCertificateCode } from "../tls-failure.js";
import type { HostAndPort } from "./no-proxy.js";
import type { HttpProxy } from "./proxy-url.js";

/** Why a proxy gave no connection; the protocol's names (docs/protocol.md, "Errors of proxies"). */
export type ProxyErrorCode = "PROXY_UNREACHABLE" | "PROXY_AUTH_FAILED" | "PROXY_CONNECT_FAILED";

/** There is no way to the target: the proxy gave none, or what says which proxy to take cannot be used. */
export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly code: ProxyErrorCode | "INVALID_CONFIG";
  /** What is wrong: a clause without a full stop. */
  readonly what: string;
  /** What to do, in sentences; empty where the code says it all. */
  readonly fix: string;

  constructor(code: ProxyError["code"], what: string, fix: string, options?: ErrorOptions) {
    super(fix ? `${what}. ${fix}` : `${what}.`, options);
    this.code = code;
    this.what = what;
    this.fix = fix;
  }
}

export interface TunnelOptions {
  readonly proxy: HttpProxy;
  readonly target: HostAndPort;
  /** Whom to trust when the way to the proxy is encrypted; without a client certificate of ours. */
  readonly tls: Pick<ConnectionOptions, "ca" | "rejectUnauthorized">;
  /** For all of it, in ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Where the address of the proxy was said, so that its fault names the setting. */
  readonly setting: string;
  /** A connection to the proxy that is there already. */
  readonly over?: Socket;
}

type Road = Pick<TunnelOptions, "proxy" | "target" | "setting">;

/** A target on this machine hardly needs a proxy, and whoever has set one for others may not know that it counts here. */
function pastIt({ target }: Road): string {
  if (!isLoopbackHost(target.host)) return "";
  return `The target is this machine: NO_PROXY=${target.host} goes there directly.`;
}

/** In words that name the proxy, and never its credentials. */
function proxyError(
  code: ProxyErrorCode,
  road: Road,
  words: { readonly what: string; readonly fix?: string },
  cause?: unknown,
): ProxyError {
  const fix = [words.fix, pastIt(road)].filter(Boolean).join(" ");
  const options = cause === undefined ? undefined : { cause };
  return new ProxyError(code, `The proxy ${road.proxy.authority} ${words.what}`, fix, options);
}

/** Nobody listens there. */
export const notReached = (road: Road, cause?: unknown): ProxyError =>
  proxyError(
    "PROXY_UNREACHABLE",
    road,
    {
      what: `cannot be reached (${codeOf(cause, "NO_ADDRESS")})`,
      fix: `Check the address in ${road.setting}.`,
    },
    cause,
  );

export const timedOut = (road: Road, timeoutMs: number): ProxyError =>
  proxyError("PROXY_CONNECT_FAILED", road, { what: `gave no connection: timed out after ${timeoutMs} ms` });

const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

const authorityOf = ({ host, port }: HostAndPort): string => `${bracketed(host)}:${port}`;

function requestText({ proxy, target }: TunnelOptions): string {
  const authority = authorityOf(target);
  const authorization = proxy.authorization?.reveal();
  return [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`]),
    "\r\n",
  ].join("\r\n");
}

function dial({ proxy, tls, over }: TunnelOptions): Socket {
  const { host, port } = proxy;
  if (!proxy.tls) return over ?? tcpConnect({ host, port });
  const carrier = over ? { socket: over } : {};
  return nodeTls().connect({ ...tls, host, port, ...carrier, ...(isIP(host) ? {} : { servername: host }) });
}

function refusal(options: TunnelOptions, status: number): ProxyError {
  const { proxy, target, setting } = options;
  if (status === 407) {
    const wanted = proxy.authorization ? "another user name or password" : "a user name and a password";
    return proxyError("PROXY_AUTH_FAILED", options, {
      what: `returned 407: it wants ${wanted}`,
      fix: `Mend those in ${setting}.`,
    });
  }
  return proxyError("PROXY_CONNECT_FAILED", options, {
    what: `opens no way to ${authorityOf(target)}: proxy returned status ${status}`,
    fix: "Does it let this host and port through?",
  });
}

/** The way to the proxy itself is encrypted, and its certificate is not trusted. */
const isItOne = "Is it an HTTP proxy, and does its log say why?";
const setAuthority = "Set MATRIX_TLS_CA_CERT (tls.caFile) to the authority of its certificate.";

const statusLine = /^HTTP\/1\.[01] (\d{3})(?: |$)/;

/** The status of an answer that is whole, and where its bytes end; undefined: more is to come. */
export function answerOf(read: Buffer): { readonly status: number; readonly end: number } | undefined {
  const end = read.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const first = read.subarray(0, read.indexOf("\r\n")).toString("latin1");
  return { status: Number(statusLine.exec(first)?.[1] ?? 0), end: end + 4 };
}

/** From the dial of the proxy to its answer. */
class Handshake {
  readonly #options: TunnelOptions;
  readonly #socket: Socket;
  readonly #settled: (result: Socket | { readonly error: unknown }) => void;
  readonly #timer: NodeJS.Timeout;
  #read = Buffer.alloc(0);
  #reached: "no" | "yes";

  constructor(options: TunnelOptions, settled: (result: Socket | { readonly error: unknown }) => void) {
    this.#options = options;
    this.#settled = settled;
    this.#reached = options.over ? "yes" : "no";
    this.#socket = dial(options);
    this.#timer = setTimeout(this.#late, options.timeoutMs);
    options.signal?.addEventListener("abort", this.#abort, { once: true });
    this.#socket.once("connect", () => {
      this.#reached = "yes";
    });
    const ask = () => this.#socket.write(requestText(options));
    if (this.#socket === options.over) ask();
    else this.#socket.once(options.proxy.tls ? "secureConnect" : "connect", ask);
    this.#socket.on("error", this.#broken);
    this.#socket.on("close", this.#closed);
    this.#socket.on("data", this.#take);
  }

  readonly #late = () => this.#give({ error: timedOut(this.#options, this.#options.timeoutMs) });

  readonly #abort = () => this.#give({ error: this.#options.signal?.reason });

  readonly #closed = () => this.#fail("closed the connection before it had answered");

  readonly #broken = (error: Error) => {
    const code = codeOf(error);
    if (this.#reached !== "yes") return this.#give({ error: notReached(this.#options, error) });
    this.#fail(`ended the connection (${code})`, isCertificateCode(code) ? setAuthority : isItOne, error);
  };

  readonly #take = (chunk: Buffer) => {
    this.#read = Buffer.concat([this.#read, chunk]);
    const answer = answerOf(this.#read);
    if (!answer && this.#read.length <= proxyHeadBytes) return;
    if (!answer || answer.end > proxyHeadBytes)
      return this.#fail(`answered with more than ${proxyHeadBytes} bytes of headers`);
    const { status, end } = answer;
    if (status === 0) return this.#fail("did not answer in HTTP");
    if (status < 200 || status > 299) return this.#give({ error: refusal(this.#options, status) });
    this.#socket.pause();
    this.#give(this.#socket);
    if (this.#read.length > end) this.#socket.unshift(this.#read.subarray(end));
  };

  #fail(what: string, fix = isItOne, cause?: unknown): void {
    this.#give({ error: proxyError("PROXY_CONNECT_FAILED", this.#options, { what, fix }, cause) });
  }

  #give(result: Socket | { readonly error: unknown }): void {
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    const socket = this.#socket;
    socket.off("error", this.#broken).off("close", this.#closed).off("data", this.#take);
    // Stays: a late 'error' must never be uncaught, whoever has the socket by then.
    socket.on("error", () => {});
    if (result !== socket) socket.destroy();
    this.#settled(result);
  }
}

/**
 * Resolves with the socket to the target, paused; what the target said right behind the proxy's answer is on it. Rejects
 * with {@link ProxyError}, or with the signal's reason.
 */
export function openTunnel(options: TunnelOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    options.signal?.throwIfAborted();
    new Handshake(options, (result) => {
      if ("error" in result) reject(result.error);
      else resolve(result);
    });
  });
}
