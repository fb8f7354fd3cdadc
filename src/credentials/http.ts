/**
 * The only place of the client that makes HTTP calls: no redirect is ever followed, every call has a time
 * limit and a limit for the size of the answer, and trust follows one TLS policy. Shaped like `fetch`, so
 * that openid-client can use it; global `fetch` cannot be given a CA.
 */
import type { Agent } from "node:http";
import type { ConnectionOptions } from "node:tls";
import { codeOf } from "../errors.js";
import { nodeHttp, nodeHttps, nodeTls } from "../late-modules.js";
import { withoutBrackets } from "../network/loopback.js";
import type { Way, Ways } from "../network/proxy/dialler.js";
import { throughTunnel } from "../network/proxy/through-tunnel.js";
import { ProxyError } from "../network/proxy/tunnel.js";
import { retryAfterMs } from "../network/retry-after.js";
import { becauseOfTls } from "../network/tls-failure.js";

/** Whom HTTPS calls trust, and the client certificate they show. */
export interface HttpTls {
  /** PEM texts: everything that is trusted. Default: the public roots. */
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  /** False accepts any certificate. For development. */
  readonly rejectUnauthorized?: boolean;
}

export interface HttpOptions {
  /** Asked before each call, so that rotated files need no restart. A call fails with `TLS_OPTIONS` when it throws. */
  readonly tls?: () => HttpTls;
  /** From the start of a call to the last byte of its answer, in ms. */
  readonly timeoutMs: number;
  /** Default 65,536. */
  readonly maxResponseBytes?: number;
  /** The ways through proxies, asked before each call. Default: none leads through one. */
  readonly ways?: Ways;
}

/** The part of `fetch`'s options that the callers use. */
export interface HttpInit {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal?: AbortSignal;
}

export interface HttpClient {
  /** Resolves with any complete answer, also 3xx, 4xx and 5xx. Rejects with {@link HttpError}. */
  fetch(url: string | URL, init: HttpInit): Promise<Response>;
  /** Closes what is left open. */
  close(): void;
}

/** A call that brought no usable answer. `code`: TIMEOUT, ABORTED, TOO_LARGE, BAD_RESPONSE, TLS_OPTIONS, a proxy's (`PROXY_UNREACHABLE`) or Node's (`ECONNREFUSED`). */
export class HttpError extends Error {
  readonly code: string;
  /** What a proxy on the way is at fault for, in a sentence. */
  readonly proxyFault: string | undefined;
  constructor(code: string, proxyFault?: string) {
    super(`The HTTP call failed (${code}).${proxyFault === undefined ? "" : ` ${proxyFault}`}`);
    this.name = "HttpError";
    this.code = code;
    this.proxyFault = proxyFault;
  }
}

/** Why a call did not come through, to follow whom it did not reach and to end the sentence: by a proxy, or by TLS; else empty. */
export function becauseOf(error: unknown): string {
  const fault = error instanceof HttpError ? error.proxyFault : undefined;
  if (fault !== undefined) return ` through the proxy on the way. ${fault.replace(/\.$/, "")}`;
  return becauseOfTls(error instanceof HttpError ? error.code : codeOf(error), "http://");
}

function httpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof ProxyError) return new HttpError(error.code, error.message);
  return new HttpError(codeOf(error, "NETWORK"));
}

/** Statuses whose answer has no body by definition; `Response` refuses one. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

function responseOf(status: number, rawHeaders: readonly string[], body: Buffer): Response {
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    headers.append(rawHeaders[i] ?? "", rawHeaders[i + 1] ?? "");
  return new Response(bodiless.has(status) ? null : new Uint8Array(body), { status, headers });
}

interface Limits {
  readonly agent: Agent;
  readonly tls: HttpTls;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

function send(url: URL, init: HttpInit, limits: Limits): Promise<Response> {
  return new Promise<Response>((resolve, reject) => {
    const { request: start } = url.protocol === "https:" ? nodeHttps() : nodeHttp();
    const request = start(url, {
      ...limits.tls,
      method: init.method,
      headers: init.headers,
      agent: limits.agent,
    });
    const settle = () => {
      clearTimeout(timer);
      init.signal?.removeEventListener("abort", abort);
    };
    const fail = (error: unknown) => {
      settle();
      reject(httpError(error));
      request.destroy();
    };
    const abort = () => fail(new HttpError("ABORTED"));
    const timer = setTimeout(() => fail(new HttpError("TIMEOUT")), limits.timeoutMs);
    init.signal?.addEventListener("abort", abort, { once: true });
    request.on("error", fail);
    request.on("response", (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("error", fail);
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > limits.maxResponseBytes) fail(new HttpError("TOO_LARGE"));
        else chunks.push(chunk);
      });
      incoming.on("end", () => {
        try {
          resolve(responseOf(incoming.statusCode ?? 0, incoming.rawHeaders, Buffer.concat(chunks)));
          settle();
        } catch {
          fail(new HttpError("BAD_RESPONSE"));
        }
      });
    });
    request.end(init.body);
  });
}

/** Calls at once, per host: a thousand registrations that start together do not open a thousand sockets. */
const maxSockets = 32;

/** An error is told by the call: agents connect also where nobody could catch one. */
function wayTo(ways: Ways, host: string, port: number): Way | ProxyError | undefined {
  try {
    // By the protocol, for HTTP calls of either scheme the variables count that are for TLS.
    return ways.to({ host: withoutBrackets(host), port, tls: true });
  } catch (error) {
    return error instanceof ProxyError
      ? error
      : new ProxyError("INVALID_CONFIG", "The proxy cannot be chosen", "");
  }
}

/** Makes an agent connect through the proxy that is chosen at that time, where there is one. */
function leadThrough(agent: Agent, { ways, timeoutMs }: HttpOptions, closing: AbortSignal): void {
  if (!ways) return;
  const directly = agent.createConnection.bind(agent);
  agent.createConnection = (given, created) => {
    const way = wayTo(ways, String(given.host), Number(given.port));
    if (!way) return directly(given, created);
    if (way instanceof ProxyError)
      return throughTunnel(() => Promise.reject(way))(given as never, created as never);
    // The agent of HTTPS is given what its own connections take.
    const secure = agent instanceof nodeHttps().Agent ? (given as ConnectionOptions) : undefined;
    const opening = way
      .open(timeoutMs, closing)
      .then((socket) => (secure ? nodeTls().connect({ ...secure, path: undefined, socket }) : socket));
    return throughTunnel(() => opening)(given as never, created as never);
  };
}

function tlsNow(options: HttpOptions): HttpTls {
  try {
    return options.tls?.() ?? {};
  } catch {
    throw new HttpError("TLS_OPTIONS");
  }
}

type Scheme = "http:" | "https:";

export function createHttpClient(options: HttpOptions): HttpClient {
  const closing = new AbortController();
  const agents = new Map<Scheme, Agent>();
  const agentOf = (scheme: Scheme): Agent => {
    const known = agents.get(scheme);
    if (known) return known;
    // Pools by certificates too: a call with new ones does not use a connection made with the old.
    const { Agent } = scheme === "https:" ? nodeHttps() : nodeHttp();
    const made = new Agent({ maxSockets });
    leadThrough(made, options, closing.signal);
    agents.set(scheme, made);
    return made;
  };
  const { timeoutMs, maxResponseBytes = 65_536 } = options;
  return {
    async fetch(target, init) {
      const url = new URL(target);
      // User information would be sent as an Authorization header, which these calls never carry.
      url.username = "";
      url.password = "";
      if (init.signal?.aborted) throw new HttpError("ABORTED");
      const limits = {
        agent: agentOf(url.protocol === "https:" ? "https:" : "http:"),
        tls: url.protocol === "https:" ? tlsNow(options) : {},
        timeoutMs,
        maxResponseBytes,
      };
      // What Node throws at once, such as for a header it cannot send, counts as a failed call too.
      return send(url, init, limits).catch((error: unknown) => {
        throw httpError(error);
      });
    },
    close() {
      closing.abort(new HttpError("ABORTED"));
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** A peer that asks for more is not believed; it would also overflow timers. */
const longestRetryAfterMs = 3_600_000;

/** `Retry-After` in ms from now, at most an hour. Undefined when absent or unusable. */
export function pauseAskedMs(headers: Headers, wallClock: () => number): number | undefined {
  const ms = retryAfterMs(headers.get("retry-after")?.trim() ?? "", wallClock());
  return ms === undefined ? undefined : Math.min(ms, longestRetryAfterMs);
}
