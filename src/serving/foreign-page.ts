/**
 * Keeps web pages of other origins away from servers on this machine. Any page can send requests to loopback, and
 * with a name that it points there (DNS rebinding) also read the answers; what gives it away are the host that its
 * browser names, and the origin. Programs send no Origin and no Sec-Fetch-Site, and pass.
 */
import type { IncomingMessage } from "node:http";
import { isLoopbackHost } from "../network/loopback.js";
import { ApiError } from "./api-error.js";

/** Whether requests may name this host; without its port. */
export type KnownHost = (host: string) => boolean;

interface Host {
  readonly name: string;
  /** With its port, as it stands in an origin. */
  readonly withPort: string;
}

function hostOf(text: string): Host | undefined {
  const address = `http://${text}`;
  if (!URL.canParse(address)) return undefined;
  const { hostname, host, href } = new URL(address);
  return href === `http://${host}/` ? { name: hostname, withPort: host } : undefined;
}

/** Whether a text names a host and nothing else, such as a port. */
export const isHostName = (text: string): boolean => hostOf(text)?.name === text.toLowerCase();

/**
 * The hosts of a server that listens at `listensAt`: on loopback its own names, and those that are allowed besides.
 * A server that others reach may have any name, unless names are given.
 */
export function knownHosts(listensAt: string, allowed: readonly string[] | undefined): KnownHost {
  const own = listensAt.includes(":") ? `[${listensAt}]` : listensAt;
  if (!isLoopbackHost(own) && allowed === undefined) return () => true;
  const names = new Set([own, ...(allowed ?? [])].map((name) => hostOf(name)?.name));
  return (host) => isLoopbackHost(host) || names.has(host);
}

const foreignHost = (host: string) =>
  new ApiError(
    403,
    "FOREIGN_HOST",
    `The host "${host.slice(0, 200)}" is no name of this server. Call it by its address, or name the host in allowedHosts (--allowed-hosts).`,
  );

/** The host that a request names. It must be named once, and be the same in the first line if that names one. */
function refuseForeignHost(request: IncomingMessage, target: URL, isKnown: KnownHost): Host {
  const { headers, rawHeaders, url = "" } = request;
  const names = rawHeaders
    .filter((_, at) => at % 2 === 0)
    .map((name) => name.toLowerCase())
    .filter((name) => name === "host" || name === ":authority");
  const named = String(headers[":authority"] ?? headers.host ?? "");
  const host = hostOf(named);
  // HTTP/2 has two fields for it.
  const isOne = new Set(names).size === names.length && (headers.host ?? named) === named;
  const agrees = url.startsWith("/") || target.host === host?.withPort;
  if (!host || !isOne || !agrees || !isKnown(host.name)) throw foreignHost(named);
  return host;
}

/** The host of an origin with the port that Host headers leave out; `undefined` for `null` and for what is none. */
function originHost(origin: string): string | undefined {
  if (!/^https?:\/\//.test(origin)) return undefined;
  // Read as http, so that the port of https, which is left out in both, stays left out.
  return hostOf(origin.replace(/^https?:\/\//, ""))?.withPort;
}

const foreignOrigin = () =>
  new ApiError(
    403,
    "FOREIGN_ORIGIN",
    "A web page of another origin has sent this. Only programs, such as curl, and this server's own pages may.",
  );

function refuseForeignOrigin({ headers }: IncomingMessage, host: Host): void {
  const { origin } = headers;
  const site = headers["sec-fetch-site"] ?? "none";
  const isOurs = origin === undefined || originHost(origin) === host.withPort;
  if (!isOurs || (site !== "none" && site !== "same-origin")) throw foreignOrigin();
}

/** Somebody follows a link or a redirect: the page that sent them cannot read what they get to see. */
const isNavigation = ({ headers }: IncomingMessage): boolean =>
  (headers["sec-fetch-mode"] ?? "navigate") === "navigate";

export interface Visit {
  readonly request: IncomingMessage;
  readonly target: URL;
  readonly isKnownHost: KnownHost;
  /** A page for people, to which other pages may send them. Default false. */
  readonly opensFromElsewhere?: boolean;
}

/** Throws ApiError 403 for a request that a foreign web page made or may have made. */
export function refuseForeignPage({ request, target, isKnownHost, opensFromElsewhere = false }: Visit): void {
  const host = refuseForeignHost(request, target, isKnownHost);
  if (!opensFromElsewhere || !isNavigation(request)) refuseForeignOrigin(request, host);
}
