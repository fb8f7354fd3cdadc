/** A connection through an HTTP proxy: CONNECT, and from its answer on a socket to the target. */
import { isIP, type Socket, connect as tcpConnect } from "node:net";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import { codeOf } from "../../errors.js";
import type { ProxyTarget } from "./no-proxy.js";
import type { HttpProxy } from "./proxy-url.js";

/** Why a proxy gave no connection; the protocol's names (docs/protocol.md, "HttpProxy errors"). */
export type ProxyErrorCode = "PROXY_UNREACHABLE" | "PROXY_AUTH_FAILED" | "PROXY_CONNECT_FAILED";

export class ProxyError extends Error {
  override readonly name = "ProxyError";
  readonly code: ProxyErrorCode;
  /** The proxy, as `host:port`. */
  readonly proxy: string;

  constructor(code: ProxyErrorCode, proxy: HttpProxy, words: string, options?: ErrorOptions) {
    super(`The proxy ${proxy.authority} ${words}`, options);
    this.code = code;
    this.proxy = proxy.authority;
  }
}

export interface TunnelOptions {
  readonly proxy: HttpProxy;
  readonly target: ProxyTarget;
  /** Whom to trust when the way to the proxy is encrypted; without a client certificate of ours. */
  readonly tls: Pick<ConnectionOptions, "ca" | "rejectUnauthorized">;
  /** For all of it, in ms. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Where the address of the proxy was said, so that its fault names the setting. */
  readonly setting: string;
}

/** A longer answer is none. */
const maxHeadBytes = 8_192;

const bracketed = (host: string): string => (isIP(host) === 6 ? `[${host}]` : host);

function requestText({ proxy, target }: TunnelOptions): string {
  const authority = `${bracketed(target.host)}:${target.port}`;
  const authorization = proxy.authorization?.reveal();
  return [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`]),
    "\r\n",
  ].join("\r\n");
}

function dial({ proxy, tls }: TunnelOptions): Socket {
  const { host, port } = proxy;
  if (!proxy.tls) return tcpConnect({ host, port });
  return tlsConnect({ ...tls, host, port, ...(isIP(host) ? {} : { servername: host }) });
}

function refusal(options: TunnelOptions, status: number): ProxyError {
  const { proxy, setting } = options;
  if (status === 407)
    return new ProxyError(
      "PROXY_AUTH_FAILED",
      proxy,
      `returned 407: it wants another user name or password. Check those in ${setting}.`,
    );
  return new ProxyError(
    "PROXY_CONNECT_FAILED",
    proxy,
    `answered CONNECT with ${status}: proxy returned status ${status}. Does it let this host and port through?`,
  );
}

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
  #reached: "no" | "yes" = "no";

  constructor(options: TunnelOptions, settled: (result: Socket | { readonly error: unknown }) => void) {
    this.#options = options;
    this.#settled = settled;
    this.#socket = dial(options);
    this.#timer = setTimeout(this.#late, options.timeoutMs);
    options.signal?.addEventListener("abort", this.#abort, { once: true });
    this.#socket.once("connect", () => {
      this.#reached = "yes";
    });
    this.#socket.once(options.proxy.tls ? "secureConnect" : "connect", () =>
      this.#socket.write(requestText(options)),
    );
    this.#socket.on("error", this.#broken);
    this.#socket.on("close", this.#closed);
    this.#socket.on("data", this.#take);
  }

  readonly #late = () =>
    this.#fail("PROXY_CONNECT_FAILED", `gave no connection: timed out after ${this.#options.timeoutMs} ms.`);

  readonly #abort = () => this.#give({ error: this.#options.signal?.reason });

  readonly #closed = () =>
    this.#fail("PROXY_CONNECT_FAILED", "closed the connection before it had answered.");

  readonly #broken = (error: Error) => {
    const code = codeOf(error);
    if (this.#reached === "yes")
      return this.#fail("PROXY_CONNECT_FAILED", `ended the connection (${code}).`, error);
    const words = `cannot be reached (${code}). Check the address in ${this.#options.setting}.`;
    this.#fail("PROXY_UNREACHABLE", words, error);
  };

  readonly #take = (chunk: Buffer) => {
    this.#read = Buffer.concat([this.#read, chunk]);
    const answer = answerOf(this.#read);
    if (!answer && this.#read.length <= maxHeadBytes) return;
    if (!answer || answer.end > maxHeadBytes)
      return this.#fail(
        "PROXY_CONNECT_FAILED",
        "answered with more than 8192 bytes of headers: is it an HTTP proxy?",
      );
    const { status, end } = answer;
    if (status === 0)
      return this.#fail("PROXY_CONNECT_FAILED", "did not answer in HTTP: is it an HTTP proxy?");
    if (status < 200 || status > 299) return this.#give({ error: refusal(this.#options, status) });
    this.#socket.pause();
    this.#give(this.#socket);
    if (this.#read.length > end) this.#socket.unshift(this.#read.subarray(end));
  };

  #fail(code: ProxyErrorCode, words: string, cause?: unknown): void {
    this.#give({ error: new ProxyError(code, this.#options.proxy, words, { cause }) });
  }

  #give(result: Socket | { readonly error: unknown }): void {
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#abort);
    const socket = this.#socket;
    socket.off("error", this.#broken).off("close", this.#closed).off("data", this.#take);
    if (result !== socket) {
      socket.on("error", () => {});
      socket.destroy();
    }
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
