/**
 * Owns the names of credential files. A name is made of the identity's three parts, encoded so that two
 * identities never share a name, also on file systems that ignore case, and none leaves its folder.
 */
import { createHash } from "node:crypto";
import { invalidConfig } from "../errors.js";
import { type Identity, isBrokenText } from "../protocol/identity.js";

/** Longer names are cut and told apart by a digest; file systems take 255 bytes with the extension. */
const longestName = 180;

/** Lower-case letters, digits, `_` and `-` stay; every other byte of the UTF-8 form becomes `%xx`. */
function encodePart(text: string, field: keyof Identity): string {
  if (/^[a-z0-9_-]*$/.test(text)) return text;
  if (isBrokenText(text)) throw invalidConfig(`${field} holds half a character: it cannot name a file.`);
  return [...Buffer.from(text, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
    })
    .join("");
}

/** `{tenant}.{type}.{instance}`, each part encoded: the file name without its extension. */
export function fileNameOf(identity: Identity): string {
  const { tenantId, connectorType, instanceId } = identity;
  const name = `${encodePart(tenantId, "tenantId")}.${encodePart(connectorType, "connectorType")}.${encodePart(instanceId, "instanceId")}`;
  if (name.length <= longestName) return name;
  // `~` occurs in no encoded part, so a cut name equals no whole one.
  return `${name.slice(0, 100)}~${createHash("sha256").update(name).digest("hex")}`;
}

/** With a longer name the host is left out, so that the file system takes it. */
const longestWithHost = 100;

/**
 * The name of what a further gateway issued for the same identity: with its host, for people, and a digest of its
 * whole name. `@` occurs in no encoded part.
 */
export function gatewayFileNameOf(name: string, gateway: string): string {
  const digest = createHash("sha256").update(gateway).digest("hex").slice(0, 16);
  if (name.length > longestWithHost) return `${name}@${digest}`;
  const host = new URL(gateway).host.replace(/[^a-z0-9.-]/g, "_").slice(0, 60);
  return `${name}@${host}-${digest}`;
}

/** The name of the identity in the name of a file of its credentials, whichever gateway issued them. */
export const identityNameOf = (name: string): string =>
  /^(.+[.~].+)@(?:[a-z0-9._-]+-)?[0-9a-f]{16}$/.exec(name)?.[1] ?? name;

/**
 * `{type}_{instance}`, the name that other connectors of this protocol write (docs/protocol.md, "Files of other
 * connectors"). Undefined when the parts could name another file: such a name is never tried.
 */
export function legacyFileNameOf(identity: Identity): string | undefined {
  const name = `${identity.connectorType}_${identity.instanceId || "default"}`;
  return /^[\p{L}\p{N}_@-]{1,200}$/u.test(name) ? name : undefined;
}
