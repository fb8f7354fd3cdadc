/**
 * Decides where a one-time token may be sent: the base of the gateway's HTTP API, chosen by this side and
 * not by the message (docs/protocol.md, "Callback base"). Sends nothing itself.
 */
import { isIPv6 } from "node:net";
import { isLoopbackHost } from "../network/loopback.js";
import { CredentialError } from "./credentials.js";

/** Something that a person should know about a base. */
export type BaseNote = "differs-from-advertised" | "kept-port" | "from-server" | "loopback";

export interface CallbackBase {
  /** Without a trailing slash; a path prefix survives. */
  readonly url: string;
  readonly source: "apiUrl" | "dialled" | "server";
  readonly notes: readonly BaseNote[];
}

export interface CallbackInputs {
  readonly apiUrl: string | undefined;
  /** `host:port` or a URL, as it was dialled. */
  readonly dialled: { readonly authority: string; readonly tls: boolean };
  /** `matrix_api_url` of the message; empty when it had none. */
  readonly advertised: string;
}

/** Where a registration goes when the message names no path. */
const defaultRegisterPath = "/api/connectors/register-with-ott";

const clean = (text: string | undefined) => (text ?? "").trim().replace(/\/+$/, "");

function refused(code: string, detail: string): CredentialError {
  return new CredentialError({ cause: "credentials-exchange-failed", code, detail });
}

/** The URL, or undefined unless it is http(s) with a host. Spaces inside are not repaired away. */
export function parseHttpUrl(text: string): URL | undefined {
  if (/[\s\\]/.test(text) || !/^https?:\/\/[^/?#]/i.test(text)) return undefined;
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

/** Whether secrets may go there: https, or plain http to loopback or by permission. */
export function isSafeTarget(url: URL, allowInsecureHttp: boolean): boolean {
  return (
    url.protocol === "https:" ||
    (url.protocol === "http:" && (allowInsecureHttp || isLoopbackHost(url.hostname)))
  );
}

/** Whether a realm is on the list: by its whole URL, or by an origin, which stands for all its realms. */
export function isAllowedRealm(realm: URL, allowed: readonly URL[]): boolean {
  const path = (url: URL) => url.pathname.replace(/\/+$/, "");
  return allowed.some(
    (one) => one.origin === realm.origin && (path(one) === "" || path(one) === path(realm)),
  );
}

/** Whether a bearer token may go to the dialled address: by TLS, or without to loopback or by permission. */
export function isSafeStream(dialled: CallbackInputs["dialled"], allowInsecureGrpc: boolean): boolean {
  return dialled.tls || allowInsecureGrpc || isLoopbackHost(splitAuthority(dialled.authority).host);
}

function splitAuthority(authority: string): { readonly host: string; readonly port: string } {
  const bracketed = /^\[([^\]]*)\](?::(\d*))?$/.exec(authority);
  if (bracketed) return { host: bracketed[1] ?? "", port: bracketed[2] ?? "" };
  // An IPv6 address without brackets has no port.
  if (authority.split(":").length > 2) return { host: authority, port: "" };
  const [host = "", port = ""] = authority.split(":");
  return { host, port };
}

/**
 * The API's base as it follows from the dialled address: same host without a leading `connectors-`, `https`
 * when either the flag or the scheme is secure, the port unless it is the scheme's default. Undefined when
 * there is no host.
 */
export function deriveBase(
  dialled: string,
  tls: boolean,
): { readonly url: string; readonly keptPort: boolean } | undefined {
  const text = dialled.trim();
  const scheme = /^(grpcs?|https?|wss?):\/\//i.exec(text);
  const authority = text.slice(scheme?.[0].length ?? 0).split("/", 1)[0] ?? "";
  const split = splitAuthority(authority);
  const host = split.host.replace(/^connectors-/, "");
  if (host === "") return undefined;
  const secure = tls || /^(grpcs|https|wss)$/i.test(scheme?.[1] ?? "");
  const keptPort = split.port !== "" && split.port !== (secure ? "443" : "80");
  const url = `${secure ? "https" : "http"}://${isIPv6(host) ? `[${host}]` : host}${keptPort ? `:${split.port}` : ""}`;
  return parseHttpUrl(url) ? { url, keptPort } : undefined;
}

function chooseBase(
  inputs: CallbackInputs,
  advertised: string,
): Omit<CallbackBase, "notes"> & { keptPort: boolean } {
  const apiUrl = clean(inputs.apiUrl);
  if (apiUrl !== "") {
    if (!parseHttpUrl(apiUrl)) {
      throw refused(
        "API_URL",
        'STRIKE48_API_URL is not a valid HTTP(S) URL (expected e.g. "https://studio.example.com").',
      );
    }
    return { url: apiUrl, source: "apiUrl", keptPort: false };
  }
  const derived = deriveBase(inputs.dialled.authority, inputs.dialled.tls);
  if (derived) return { ...derived, source: "dialled" };
  if (advertised === "") {
    throw refused("NO_API_URL", "There is no API address: set STRIKE48_API_URL.");
  }
  if (!parseHttpUrl(advertised)) {
    throw refused(
      "API_URL",
      "The API address that the gateway sent is not a valid HTTP(S) URL; set STRIKE48_API_URL.",
    );
  }
  return { url: advertised, source: "server", keptPort: false };
}

/** Base from the setting, else from the dialled address, else from the message. Throws {@link CredentialError}. */
export function resolveCallbackBase(inputs: CallbackInputs): CallbackBase {
  const advertised = clean(inputs.advertised);
  const { url, source, keptPort } = chooseBase(inputs, advertised);
  const notes: BaseNote[] = [];
  if (advertised !== "" && advertised !== url) notes.push("differs-from-advertised");
  if (keptPort) notes.push("kept-port");
  if (source === "server") notes.push("from-server");
  if (source !== "apiUrl" && isLoopbackHost(new URL(url).hostname)) notes.push("loopback");
  return { url, source, notes };
}

/**
 * The address of the register call: a path is put after the base, an absolute URL must have the base's
 * origin. Throws {@link CredentialError}; nothing must be sent then.
 */
export function registerTarget(base: CallbackBase, registerUrl: string, allowInsecureHttp: boolean): URL {
  const given = registerUrl.trim();
  const isAbsolute = /^[a-z][a-z0-9+.-]*:/i.test(given);
  const path = given === "" ? defaultRegisterPath : given.startsWith("/") ? given : `/${given}`;
  const target = parseHttpUrl(isAbsolute ? given : `${base.url}${path}`);
  if (!target)
    throw refused("REGISTER_URL", "The register address that the gateway sent is not a valid HTTP(S) URL.");
  if (target.origin !== new URL(base.url).origin) {
    const source = base.source === "apiUrl" ? "STRIKE48_API_URL" : "the resolved API address";
    throw refused(
      "FOREIGN_ORIGIN",
      `The register address that the gateway sent has another origin than ${source}; nothing was sent there.`,
    );
  }
  if (!isSafeTarget(target, allowInsecureHttp)) {
    throw refused(
      "INSECURE_HTTP",
      "The register address is plain http and not on loopback: use https, or set credentials.allowInsecureHttp.",
    );
  }
  return target;
}
