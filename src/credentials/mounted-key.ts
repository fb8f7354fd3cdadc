/**
 * A key that an operator or cert-manager mounts, with a client that was made for it beforehand
 * (docs/protocol.md, "Mounted keys"). The file is read at each use: a rotation needs no restart.
 */

import { type Environment, given } from "../environment/environment.js";
import { codeOf } from "../errors.js";
import { readTextFile } from "../files/read-file.js";
import { Secret } from "../secret.js";
import type { SigningIdentity } from "./access-token.js";
import { isSafeTarget, parseHttpUrl } from "./callback-base.js";
import { CredentialError } from "./credentials.js";

/** Where cert-manager mounts the key of a connector when no variable says so. */
export const wellKnownKeyPaths: readonly string[] = [
  "/var/run/secrets/matrix/connector-key.pem",
  "/var/run/secrets/matrix/tls.key",
];

const variables = ["STRIKE48_PRIVATE_KEY_PATH", "STRIKE48_CLIENT_ID", "STRIKE48_AUTH_URL"] as const;

export interface MountedKeySettings {
  readonly clientId: string;
  readonly realmUrl: string;
  readonly tenantId: string;
  /** The only path, when one was set: a missing file has no substitute. */
  readonly path: string | undefined;
}

/** What the environment says of a mounted key: nothing, all, or what is wrong and the fix. */
export type MountedKeyReading =
  | { readonly is: "absent" }
  | { readonly is: "complete"; readonly settings: MountedKeySettings }
  | { readonly is: "wrong"; readonly what: string; readonly fix: string };

const listed = (names: readonly string[]) => names.join(" and ");

export function readMountedKeySettings(env: Environment, allowInsecureHttp = false): MountedKeyReading {
  const path = given(env.STRIKE48_PRIVATE_KEY_PATH);
  const clientId = given(env.STRIKE48_CLIENT_ID);
  const realmUrl = given(env.STRIKE48_AUTH_URL);
  const began = variables.filter((name) => given(env[name]) !== undefined);
  if (began.length === 0) return { is: "absent" };
  if (clientId === undefined || realmUrl === undefined) {
    const missing = variables.filter(
      (name) => name !== "STRIKE48_PRIVATE_KEY_PATH" && given(env[name]) === undefined,
    );
    const what = `a mounted key is half configured: ${listed(began)} set, ${listed(missing)} not`;
    return { is: "wrong", what, fix: `set ${listed(missing)}, or unset ${listed(began)}` };
  }
  const url = parseHttpUrl(realmUrl);
  if (!url) {
    const fix = 'write the full realm URL, such as "https://kc.example.com/realms/matrix"';
    return { is: "wrong", what: "STRIKE48_AUTH_URL is not a valid HTTP(S) URL", fix };
  }
  if (!isSafeTarget(url, allowInsecureHttp)) {
    const fix = "use https, or set credentials.allowInsecureHttp";
    return { is: "wrong", what: "STRIKE48_AUTH_URL is plain http and not on loopback", fix };
  }
  const settings = { clientId, realmUrl, tenantId: given(env.TENANT_ID) ?? "", path };
  return { is: "complete", settings };
}

interface KeyFile {
  readonly path: string;
  readonly pem: Secret;
}

async function firstReadable(paths: readonly string[]): Promise<KeyFile | undefined> {
  for (const path of paths) {
    try {
      return { path, pem: new Secret(await readTextFile(path)) };
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") continue;
      const detail = `The mounted key ${path} cannot be read: it must be a file that the user of this process may read.`;
      throw new CredentialError({ cause: "credentials-unavailable", code: codeOf(error), detail });
    }
  }
  return undefined;
}

/** The key as it is now. Rejects with {@link CredentialError} when the file is there and cannot be read. */
export async function loadMountedKey(
  settings: MountedKeySettings,
  wellKnown: readonly string[],
): Promise<SigningIdentity> {
  const paths = settings.path === undefined ? wellKnown : [settings.path];
  const found = await firstReadable(paths);
  const { clientId, realmUrl, tenantId } = settings;
  return {
    kind: "mounted-key",
    credentials: { clientId, realmUrl, tenantId },
    privateKeyPem: found?.pem,
    location: found?.path ?? paths.join(" or "),
  };
}
