/** Checks the way to the gateway, one layer after the other: TCP, TLS, gRPC (HTTP/2) or WebSocket, the HTTP API and its clock. */
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, connect as connectTls, TLSSocket } from "node:tls";
import { deriveBase, parseHttpUrl } from "../credentials/callback-base.js";
import type { HttpClient } from "../credentials/http.js";
import { HttpError } from "../credentials/http.js";
import { type Environment, given } from "../environment/environment.js";
import { codeOf } from "../errors.js";
import { destroySession } from "../http2/ending.js";
import { TlsCarrier } from "../http2/tls-carrier.js";
import { isLoopbackHost } from "../network/loopback.js";
import type { Way, Ways } from "../network/proxy/dialler.js";
import { ProxyError } from "../network/proxy/tunnel.js";
import { tlsAdvice } from "../network/tls-failure.js";
import type { Endpoint } from "../protocol/endpoint.js";
import { type TlsOptions, tlsConnectionOptions } from "../transport/tls.js";
import { checkClock } from "./clock.js";
import { type Finding, findingsOf } from "./finding.js";
import { checkWebSocket } from "./web-socket.js";

const { ok, warn, fail, skip } = findingsOf("gateway");

/** For each of the checks, in ms. */
const limitMs = 5_000;

/** A certificate that ends sooner is worth a word. */
const soonMs = 14 * 24 * 60 * 60_000;

const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: "start the gateway, or check host and port",
  ENOTFOUND: "check the host's name and the name server",
  EAI_AGAIN: "check the name server",
  TIMEOUT: "check firewalls and proxies on the way",
};

const fixFor = (code: string, plain: "grpc://" | "http://" = "grpc://") =>
  (Object.hasOwn(advice, code) ? advice[code] : tlsAdvice(code, plain)) ??
  "check the address, and that the gateway runs there";

async function connected(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  await once(socket, event, { signal: AbortSignal.timeout(limitMs) });
}

const reason = (error: unknown): string => {
  if (error instanceof Error && error.name === "AbortError") return "TIMEOUT";
  return error instanceof HttpError ? error.code : codeOf(error);
};

/** How a socket to the gateway comes about, and with whom. */
interface Road {
  readonly endpoint: Endpoint;
  readonly ways: Ways;
}

/** The proxy that is to be taken; undefined where none is. Throws {@link ProxyError}. */
const wayOn = ({ endpoint: { host, port, tls }, ways }: Road): Way | undefined =>
  ways.to({ host, port, tls });

const tunnel = async (road: Road): Promise<Socket | undefined> => wayOn(road)?.open(limitMs);

/** The proxy on the way, where there is one: what lies behind it is asked through it. */
async function checkProxy(road: Road): Promise<Finding | undefined> {
  const { authority } = road.endpoint;
  try {
    const way = wayOn(road);
    if (!way) return undefined;
    (await way.open(limitMs)).destroy();
    return ok(`the proxy ${way.authority} (${way.by}) opens a way to ${authority}`);
  } catch (error) {
    const { code, message } = error instanceof ProxyError ? error : { code: reason(error), message: "" };
    const [what = "", ...todo] = message
      .replace(/\.$/, "")
      .split(/(?<=[.:]) (?=Check|Mend|Does|Write|The target)/);
    const fix = todo.join(" ") || "check the proxy's address and its log";
    return fail(
      `the proxy on the way to ${authority} does not open (${code}): ${what.replace(/[.:]$/, "")}`,
      fix,
    );
  }
}

async function checkTcp({ host, port, authority }: Endpoint): Promise<Finding> {
  const socket = connectTcp({ host, port });
  try {
    await connected(socket, "connect");
    return ok(`TCP to ${authority}`);
  } catch (error) {
    const code = reason(error);
    return fail(`TCP to ${authority} does not open (${code})`, fixFor(code));
  } finally {
    socket.destroy();
  }
}

function certificateFinding(socket: TLSSocket, now: number): Finding {
  const end = Date.parse(socket.getPeerCertificate().valid_to);
  const until = Number.isFinite(end) ? new Date(end).toISOString().slice(0, 10) : "an unknown day";
  if (Number.isFinite(end) && end - now < soonMs)
    return warn(`TLS opens; the certificate ends on ${until}`, "renew the gateway's certificate");
  return ok(`TLS opens; the certificate is good until ${until}`);
}

async function checkTls(road: Road, tls: TlsOptions, now: number): Promise<Finding> {
  const { host, port } = road.endpoint;
  const isWebSocket = road.endpoint.transport === "WebSocket";
  let socket: TLSSocket | undefined;
  try {
    const tunnelled = await tunnel(road);
    const where = { host, port, ...(tunnelled ? { socket: tunnelled } : {}) };
    socket = connectTls({ ...where, ...tlsConnectionOptions(tls, host, [isWebSocket ? "http/1.1" : "h2"]) });
    await connected(socket, "secureConnect");
    if (!isWebSocket && socket.alpnProtocol !== "h2")
      return fail("TLS opens, without HTTP/2 (ALPN h2)", "have what ends TLS there offer h2: gRPC needs it");
    return certificateFinding(socket, now);
  } catch (error) {
    const code = reason(error);
    return fail(`TLS does not open (${code})`, fixFor(code));
  } finally {
    socket?.destroy();
  }
}

async function checkGrpc(road: Road, tls: TlsOptions): Promise<Finding> {
  const { endpoint } = road;
  const { authority, host } = endpoint;
  let session: ReturnType<typeof connectHttp2> | undefined;
  try {
    const options = endpoint.tls ? tlsConnectionOptions(tls, host, ["h2"]) : {};
    const tunnelled = await tunnel(road);
    session = connectHttp2(`${endpoint.tls ? "https" : "http"}://${authority}`, {
      ...options,
      ...(tunnelled ? { createConnection: () => carrierOn(tunnelled, endpoint, options) } : {}),
    });
    session.on("error", () => {});
    // A peer that closes without a word ends the session without an error.
    const closed = new AbortController();
    session.once("close", () => closed.abort());
    const over = AbortSignal.any([closed.signal, AbortSignal.timeout(limitMs)]);
    const heard = await once(session, "remoteSettings", { signal: over }).catch((error: unknown) => {
      const isAbort = error instanceof Error && error.name === "AbortError";
      if (isAbort && closed.signal.aborted) return undefined;
      throw error;
    });
    if (heard) return ok(`gRPC: ${authority} speaks HTTP/2`);
    const fix = endpoint.tls ? "check that this is the gateway's gRPC port" : "if it has TLS, use grpcs://";
    return fail(`gRPC: ${authority} closes the connection without a word`, fix);
  } catch (error) {
    const what = `gRPC: ${authority} does not speak HTTP/2 (${reason(error)})`;
    return fail(what, "check that this is the gateway's gRPC port, and no HTTP/1 proxy in front of it");
  } finally {
    if (session) destroySession(session);
  }
}

/** As HTTP/2 may run on it: what it reads of TLS natively may end the process when the peer closes. */
function carrierOn(tunnelled: Socket, { tls, host }: Endpoint, options: ConnectionOptions): Duplex {
  if (!tls) return tunnelled instanceof TLSSocket ? new TlsCarrier(tunnelled) : tunnelled;
  return connectTls({ ...options, host, socket: tunnelled });
}

async function checkHttp(base: string, http: HttpClient, now: () => number): Promise<Finding[]> {
  try {
    const sentAt = now();
    const response = await http.fetch(`${base}/healthz`, { method: "GET", headers: {}, body: "" });
    const clock = checkClock("gateway", response.headers, (sentAt + now()) / 2);
    const found =
      response.status >= 500
        ? warn(`the HTTP API at ${base} answers with status ${response.status}`, "look at the gateway's log")
        : ok(`the HTTP API at ${base} answers`);
    return [found, ...clock];
  } catch (error) {
    const code = reason(error);
    if (error instanceof HttpError && error.proxyFault !== undefined)
      return [fail(`the HTTP API at ${base} does not answer (${code})`, error.proxyFault.replace(/\.$/, ""))];
    const fix = `${fixFor(code, "http://")}; set STRIKE48_API_URL when the API is elsewhere`;
    return [fail(`the HTTP API at ${base} does not answer (${code})`, fix)];
  }
}

export interface ReachOptions {
  readonly endpoint: Endpoint;
  readonly env: Environment;
  readonly tls: TlsOptions;
  readonly http: HttpClient;
  readonly ways: Ways;
  readonly now: () => number;
}

/** `host:port` of an HTTP URL; this machine has one name. */
function authorityOf(url: string): string | undefined {
  const parsed = parseHttpUrl(url);
  if (!parsed) return undefined;
  const { hostname, port, protocol } = parsed;
  return `${isLoopbackHost(hostname) ? "localhost" : hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** Whether a URL is answered at the address that connectors dial. */
export const isAt = (url: string, { authority, tls }: Endpoint): boolean =>
  authorityOf(url) === authorityOf(`${tls ? "https" : "http"}://${authority}`);

/** Without an address there is nothing to try. */
export const gatewaySkipped: readonly Finding[] = [
  skip("TCP, gRPC and the HTTP API", "an address of the gateway that can be dialled"),
];

/** What connectors speak over the connection. */
async function checkProtocol(road: Road, tls: TlsOptions): Promise<Finding> {
  if (road.endpoint.transport === "gRPC") return checkGrpc(road, tls);
  const way = wayOn(road);
  return checkWebSocket({ endpoint: road.endpoint, tls, tunnel: way && (() => way.open(limitMs)) }, limitMs);
}

/** The layers of the connection, until one does not open. */
async function checkLayers({ endpoint, ways, tls, now }: ReachOptions): Promise<readonly Finding[]> {
  const road = { endpoint, ways };
  const { transport } = endpoint;
  const proxy = await checkProxy(road);
  const first = proxy ?? (await checkTcp(endpoint));
  const names = endpoint.tls ? `TLS and ${transport}` : transport;
  if (first.level === "fail")
    return [first, skip(names, `${proxy ? "the proxy on the way" : "TCP"} to ${endpoint.authority}`)];
  const secure = endpoint.tls ? [await checkTls(road, tls, now())] : [];
  if (secure.some(({ level }) => level === "fail")) return [first, ...secure, skip(transport, "TLS")];
  return [first, ...secure, await checkProtocol(road, tls)];
}

/** `TCP`, `TLS` or the proxy, when it does not open: then nothing answers at this address. */
export const unopenedLayer = (findings: readonly Finding[]): string | undefined =>
  findings
    .filter(({ level }) => level === "fail")
    .map(({ what }) => /^(TCP|TLS|the proxy on the way) .*does not open/.exec(what)?.[1])
    .find((layer) => layer !== undefined);

/** What lies behind a layer that does not open is not tried. */
export async function checkGateway(options: ReachOptions): Promise<readonly Finding[]> {
  const { endpoint, env, http, now } = options;
  const layers = await checkLayers(options);
  const api = given(env.STRIKE48_API_URL)?.replace(/\/+$/, "");
  const base = api ?? deriveBase(endpoint.authority, endpoint.tls)?.url;
  if (base === undefined) return layers;
  const unopened = unopenedLayer(layers);
  if (unopened !== undefined && isAt(base, endpoint))
    return [...layers, skip(`the HTTP API at ${base}`, `${unopened} to ${endpoint.authority}`)];
  return [...layers, ...(await checkHttp(base, http, now))];
}
