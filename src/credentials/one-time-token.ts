/**
 * One-time tokens that an operator gives beforehand: where they are, how they are written, and whether one is for
 * this registration (docs/protocol.md, "One-time tokens"). Files are read at each use. Sends nothing.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { type Environment, given } from "../environment/environment.js";
import { givenSecret } from "../environment/given-secret.js";
import { codeOf } from "../errors.js";
import { readTextFile } from "../files/read-file.js";
import { isObject } from "../is-object.js";
import { type Identity, sanitizeIdentifier } from "../protocol/identity.js";
import { Secret } from "../secret.js";
import { isAbsent } from "./private-files.js";

export interface OneTimeToken {
  readonly token: Secret;
  /** Base of the API as the token's issuer wrote it. */
  readonly apiUrl?: string;
  /** As it was written. */
  readonly expiresAt?: string;
  readonly connectorType?: string;
  readonly tenantId?: string;
}

/** A token with where it was found, for people: the name of its variable, or a path, with the variable that named it. */
export interface FoundToken extends OneTimeToken {
  readonly from: string;
}

/** A location that has something, and why that does not serve. Holds nothing of the token. */
export interface UnusableToken {
  readonly from: string;
  readonly why: string;
}

/** The first that serves, and what was passed over before it. */
export interface TokenSearch {
  readonly token: FoundToken | undefined;
  readonly unusable: readonly UnusableToken[];
}

/** Well-known files, in order. */
export const wellKnownTokenPaths = (env: Environment): readonly string[] => [
  "/var/run/secrets/matrix/registration-token",
  join(given(env.HOME) ?? homedir(), ".matrix", "registration-token"),
];

function tokenOf(value: unknown): OneTimeToken | undefined {
  if (!isObject(value)) return undefined;
  const { token, matrix_url, expires_at, connector_type, tenant_id } = value;
  if (typeof token !== "string" || token.trim() === "") return undefined;
  const optional = { apiUrl: matrix_url, connectorType: connector_type, tenantId: tenant_id };
  const texts = Object.entries(optional).filter(([, text]) => typeof text === "string" && text.trim() !== "");
  const end = typeof expires_at === "number" ? String(expires_at) : expires_at;
  return {
    token: new Secret(token.trim()),
    ...Object.fromEntries(texts),
    ...(typeof end === "string" && end.trim() !== "" ? { expiresAt: end.trim() } : {}),
  };
}

function fromJson(text: string): OneTimeToken | undefined {
  try {
    return tokenOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Padded base64 of the standard alphabet that is UTF-8; else undefined. */
function fromBase64(text: string): string | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
}

/** JSON, base64 of JSON, or the bare token. Undefined when the text begins like JSON and is none, or is blank. */
export function parseOneTimeToken(given: Secret): OneTimeToken | undefined {
  const text = given.reveal().trim();
  if (text === "") return undefined;
  if (text.startsWith("{")) return fromJson(text);
  const decoded = fromBase64(text);
  return (decoded?.startsWith("{") ? fromJson(decoded) : undefined) ?? { token: new Secret(text) };
}

/** In ms since 1970: an ISO date, or seconds or milliseconds as a number. */
function endOf(expiresAt: string): number {
  if (!/^\d+(\.\d+)?$/.test(expiresAt)) return Date.parse(expiresAt);
  const number = Number(expiresAt);
  return number < 1e11 ? number * 1_000 : number;
}

/** Why the token is of no use to this registration; undefined when nothing speaks against it. */
export function reasonAgainst(token: OneTimeToken, identity: Identity, nowMs: number): string | undefined {
  const { connectorType, tenantId, expiresAt } = token;
  // A date that cannot be read is for the server to judge.
  if (expiresAt !== undefined && endOf(expiresAt) <= nowMs) return "it has expired";
  if (connectorType !== undefined && sanitizeIdentifier(connectorType) !== identity.connectorType)
    return "it is for another connector type";
  if (tenantId !== undefined && sanitizeIdentifier(tenantId) !== identity.tenantId)
    return "it is for another tenant";
  return undefined;
}

interface TokenLocation {
  readonly from: string;
  /** Undefined when nothing is there. */
  read(): Promise<Secret | undefined>;
}

const file = async (path: string) => new Secret(await readTextFile(path));

/** Whether it need not be opened to know that nothing is there; a file that one may not look for is opened, to say why. */
function isSurelyAbsent(path: string): boolean {
  try {
    return isAbsent(path);
  } catch {
    return false;
  }
}

/** It may be gone since it was looked for. */
async function fileIfThere(path: string): Promise<Secret | undefined> {
  try {
    return await file(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** In order; what is set but blank is left out, and so are well-known files that are not there. */
function locations(env: Environment, wellKnown: readonly string[]): readonly TokenLocation[] {
  const inline = givenSecret(env.STRIKE48_REGISTRATION_TOKEN);
  const named = given(env.STRIKE48_REGISTRATION_TOKEN_FILE);
  const found: TokenLocation[] = [];
  if (inline !== undefined) found.push({ from: "STRIKE48_REGISTRATION_TOKEN", read: async () => inline });
  if (named !== undefined)
    found.push({ from: `${named} (STRIKE48_REGISTRATION_TOKEN_FILE)`, read: () => file(named) });
  for (const path of wellKnown)
    if (!isSurelyAbsent(path)) found.push({ from: path, read: () => fileIfThere(path) });
  return found;
}

async function lookAt(location: TokenLocation, isAgainst: (token: OneTimeToken) => string | undefined) {
  let text: Secret | undefined;
  try {
    text = await location.read();
  } catch (error) {
    return { why: `it cannot be read (${codeOf(error)})` };
  }
  if (text === undefined) return {};
  const token = parseOneTimeToken(text);
  if (!token)
    return { why: text.reveal().trim() === "" ? "it is empty" : "it is no one-time token (broken JSON)" };
  const why = isAgainst(token);
  return why === undefined ? { token: { ...token, from: location.from } } : { why };
}

/** Whether nobody has given one, which shows at once. */
export const isNoneGiven = (env: Environment, wellKnown: readonly string[]): boolean =>
  locations(env, wellKnown).length === 0;

/** Goes through the locations until one has a token that nothing speaks against. A bad one does not hide the next. */
export async function findOneTimeToken(
  env: Environment,
  wellKnown: readonly string[],
  isAgainst: (token: OneTimeToken) => string | undefined,
): Promise<TokenSearch> {
  const unusable: UnusableToken[] = [];
  for (const location of locations(env, wellKnown)) {
    const { token, why } = await lookAt(location, isAgainst);
    if (token) return { token, unusable };
    if (why !== undefined) unusable.push({ from: location.from, why });
  }
  return { token: undefined, unusable };
}
