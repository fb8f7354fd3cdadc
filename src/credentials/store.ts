/**
 * Owns the shape of what is kept between runs: a private key and the credentials it signs for, one pair per
 * identity. Where they are kept is up to an implementation: `file-store.ts`, `memory-store.ts`, or a caller's own.
 */
import type { Identity } from "../protocol/identity.js";
import type { Secret } from "../secret.js";
import { isKept } from "./kept-bounds.js";

/** What the gateway's API gave for a one-time token (docs/protocol.md, "Register with a one-time token"). */
export interface SavedCredentials {
  /** The client that signs in at the token server. */
  readonly clientId: string;
  /** The full realm URL, as it was received. */
  readonly realmUrl: string;
  /** The tenant that it belongs to. */
  readonly tenantId: string;
  /** The id of its key, when the token server gave one. */
  readonly kid?: string;
  /**
   * The gateway that issued it, by the base of its API, and by its address where that says another; of Mooring, not
   * of the answer. Absent in what was kept before Mooring noted it.
   */
  readonly gateways?: readonly string[];
}

/** A registration's saved identity: its credentials and the key that belongs to them. */
export interface SavedIdentity {
  /** The client and where it signs in. */
  readonly credentials: SavedCredentials;
  /** PEM; undefined when the credentials are there but their key is not. */
  readonly privateKeyPem: Secret | undefined;
  /** Where a person finds it, such as a path. */
  readonly location: string;
}

/** A private key as it is kept. */
export interface SavedKey {
  /** The key, as PEM. */
  readonly privateKeyPem: Secret;
  /** Where a person finds it, such as a path. */
  readonly location: string;
}

/** A turn at an identity that other processes share; see {@link CredentialStore.lock}. */
export interface StoreLock {
  /** Ends the turn. Never rejects. */
  release(): Promise<void>;
}

/**
 * Keeps keys and credentials. A method that cannot do its work rejects; absence is not an error. A key enters in
 * two steps, so that a registration that fails costs nothing: proposed before the call, the identity's own with
 * the credentials that the call brought.
 */
export interface CredentialStore {
  /** Credentials with their key, or undefined when nothing usable is saved. */
  load(identity: Identity): Promise<SavedIdentity | undefined>;
  /** The identity's own private key, if it has one. */
  readKey(identity: Identity): Promise<SavedKey | undefined>;
  /**
   * Keeps a new private key beside the identity's own, durably when it resolves, and gives back the one that is
   * kept: when one was proposed before, or by another process at the same time, that one, and nothing changes.
   */
  proposeKey(identity: Identity, privateKeyPem: Secret): Promise<SavedKey>;
  /**
   * Keeps or replaces the credentials together with the key they belong to, durably when it resolves: whatever
   * happens in between, {@link load} gives the old pair or the new one, never a mixture.
   */
  save(identity: Identity, credentials: SavedCredentials, privateKeyPem: Secret): Promise<void>;
  /**
   * Resolves when no other process registers this identity; whoever ends without `release` loses the turn.
   * Rejects when the signal is aborted first.
   */
  lock(identity: Identity, signal: AbortSignal): Promise<StoreLock>;
  /**
   * Optional: the same store for what one gateway issued, by the base of its API, such as
   * `https://studio.example.com`; {@link load} of it also gives what has no `gateways` yet. A store without it has one
   * place for each registration: what another gateway issued stays there, is not used, and is not overwritten.
   */
  forGateway?(gateway: string): CredentialStore;
}

const isText = (value: unknown): value is string => typeof value === "string" && value.trim() !== "";

/** Names of a gateway; undefined when they are none that Mooring wrote. */
function gatewaysIn(value: unknown = []): readonly string[] | undefined {
  const isList = Array.isArray(value) && value.length <= mostGateways;
  return isList && value.every((one) => isText(one)) ? value : undefined;
}

/** The API's name, and the address's. */
const mostGateways = 2;

/** Reads the JSON form, which is also the API's answer. Undefined when a required member is missing or of a wrong type. */
export function parseSavedCredentials(json: string): SavedCredentials | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { client_id, keycloak_url, tenant_id, kid, gateways } = value as Record<string, unknown>; // narrowed member by member below
  if (!isText(client_id) || !isText(keycloak_url) || typeof tenant_id !== "string") return undefined;
  if (kid !== undefined && kid !== null && typeof kid !== "string") return undefined;
  const isBounded = isKept("clientId", client_id) && isKept("realmUrl", keycloak_url);
  if (!isBounded || !isKept("tenantId", tenant_id) || !isKept("keyId", kid ?? "")) return undefined;
  // Whose they are decides where they are sent: what cannot be read is nobody's.
  const issued = gatewaysIn(gateways);
  if (!issued) return undefined;
  return {
    clientId: client_id,
    realmUrl: keycloak_url,
    tenantId: tenant_id,
    ...(isText(kid) ? { kid } : {}),
    ...(issued.length > 0 ? { gateways: issued } : {}),
  };
}

/**
 * The JSON form, two spaces deep, member names as other connectors of this protocol write them. The digest of the
 * key and the gateway are Mooring's own additions.
 */
export function formatSavedCredentials(credentials: SavedCredentials, keyDigest?: string): string {
  const { clientId, realmUrl, tenantId, kid, gateways } = credentials;
  const members = {
    client_id: clientId,
    keycloak_url: realmUrl,
    tenant_id: tenantId,
    ...(kid === undefined ? {} : { kid }),
    ...(gateways === undefined ? {} : { gateways }),
    ...(keyDigest === undefined ? {} : { key_sha256: keyDigest }),
  };
  return `${JSON.stringify(members, null, 2)}\n`;
}

/** The digest in a text that {@link parseSavedCredentials} could read. */
export function keyDigestOf(json: string): string | undefined {
  const { key_sha256 } = JSON.parse(json) as Record<string, unknown>; // an object, since it was parsed before
  return isText(key_sha256) ? key_sha256 : undefined;
}
