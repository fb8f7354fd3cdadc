/** The address of an HTTP proxy. Its credentials never print. */
import { invalidConfig } from "../../errors.js";
import { highestPort } from "../../protocol/defaults.js";
import { Secret } from "../../secret.js";
import { withoutBrackets } from "../loopback.js";

export interface HttpProxy {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whether the way to the proxy itself is encrypted. */
  readonly tls: boolean;
  /** `Basic …`, when the address has a user name. */
  readonly authorization: Secret | undefined;
  /** `host:port`, IPv6 in brackets: for people. */
  readonly authority: string;
}

/** Of both schemes. */
export const defaultProxyPort = 3128;

/** What to write instead. */
const wanted =
  "Write http://host:port, or http://user:password@host:port; a password's own @ : / % as %40 %3A %2F %25.";

const form =
  /^(?:(https?):\/\/)?(?:([^@/]*(?:@[^@/]*)*)@)?(\[[0-9a-f:.]+\]|[\p{L}\p{N}._-]+)(?::([^/\s]*))?(?:\/.*)?$/iu;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A lone % is no encoding: it is taken as it is.
    return text;
  }
}

/** User and password are split at the first colon (RFC 7617), then decoded. */
function basic(userInfo: string): Secret {
  const at = userInfo.indexOf(":");
  const [user, password] = at < 0 ? [userInfo, ""] : [userInfo.slice(0, at), userInfo.slice(at + 1)];
  const pair = Buffer.from(`${decoded(user)}:${decoded(password)}`, "utf8");
  return new Secret(`Basic ${pair.toString("base64")}`);
}

function portOf(field: string, text: string | undefined): number {
  if (text === undefined) return defaultProxyPort;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= highestPort) return port;
  throw invalidConfig(`${field} has no valid port: a port is a number from 1 to ${highestPort}. ${wanted}`);
}

/**
 * Throws INVALID_CONFIG that names `field`, where the address came from. It is never quoted: it may hold a password. An
 * address without a scheme is one of `http://`.
 */
export function parseProxy(text: string, field: string): HttpProxy {
  const trimmed = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https")
    throw invalidConfig(
      `${field} names a proxy of the kind ${scheme}://, and only HTTP proxies are known. ${wanted}`,
    );
  const match = form.exec(trimmed);
  const bracketed = match?.[3];
  if (!bracketed || !URL.canParse(`http://${bracketed}`))
    throw invalidConfig(`${field} is no address of a proxy. ${wanted}`);
  const port = portOf(field, match?.[4]);
  const userInfo = match?.[2];
  return {
    host: withoutBrackets(bracketed),
    port,
    tls: scheme === "https",
    authorization: userInfo === undefined || userInfo === "" ? undefined : basic(userInfo),
    authority: `${bracketed}:${port}`,
  };
}
