/**
 * Owns the shape of what is kept between runs: a private key and the credentials it signs for, one pair per
 * identity. Where they are kept is up to an implementation: `file-store.ts`, `memory-store.ts`, or a caller's own.
 */
import type { Identity } from "../protocol/identity.js";

/** What the gateway's API gave for a one-time token (`protocol/authentication.md` §3). */
export interface SavedCredentials {
  readonly clientId: string;
  /** The full realm URL, as it was received. */
  readonly realmUrl: string;
  readonly tenantId: string;
  readonly kid?: string;
}

/** A registration's saved identity: its credentials and the key that belongs to them. */
export interface SavedIdentity {
  readonly credentials: SavedCredentials;
  /** PEM; undefined when the credentials are there but their key is not. */
  readonly privateKeyPem: string | undefined;
  /** Where a person finds it, such as a path. */
  readonly location: string;
}

/** A private key as it is kept. */
export interface SavedKey {
  readonly privateKeyPem: string;
  /** Where a person finds it, such as a path. */
  readonly location: string;
}

/** Keeps keys and credentials. A method that cannot do its work rejects; absence is not an error. */
export interface CredentialStore {
  /** Credentials with their key, or undefined when nothing usable is saved. */
  load(identity: Identity): Promise<SavedIdentity | undefined>;
  /** The private key that the next registration of this identity would use. */
  readKey(identity: Identity): Promise<SavedKey | undefined>;
  /** Keeps a new private key, durably when it resolves. False when there is one already: a key is never overwritten. */
  createKey(identity: Identity, privateKeyPem: string): Promise<boolean>;
  /** Keeps or replaces the credentials, durably when it resolves. They belong to the key of {@link readKey}. */
  saveCredentials(identity: Identity, credentials: SavedCredentials): Promise<void>;
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** Reads the JSON form, which is also the API's answer. Undefined when a required member is missing or of a wrong type. */
export function parseSavedCredentials(json: string): SavedCredentials | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { client_id, keycloak_url, tenant_id, kid } = value as Record<string, unknown>; // narrowed member by member below
  if (!isText(client_id) || !isText(keycloak_url) || typeof tenant_id !== "string") return undefined;
  if (kid !== undefined && kid !== null && typeof kid !== "string") return undefined;
  const credentials = { clientId: client_id, realmUrl: keycloak_url, tenantId: tenant_id };
  return isText(kid) ? { ...credentials, kid } : credentials;
}

/** The JSON form, two spaces deep, member names as other connectors of this protocol write them. */
export function formatSavedCredentials(credentials: SavedCredentials): string {
  const { clientId, realmUrl, tenantId, kid } = credentials;
  const members = {
    client_id: clientId,
    keycloak_url: realmUrl,
    tenant_id: tenantId,
    ...(kid === undefined ? {} : { kid }),
  };
  return `${JSON.stringify(members, null, 2)}\n`;
}
