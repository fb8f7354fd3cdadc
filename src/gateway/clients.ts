/**
 * The token server's clients: those that a one-time token made, those that an administrator registered for a
 * mounted key, and the public client of interactive sign-in. Outlives the provider.
 */
import { randomUUID } from "node:crypto";
import type { AdapterPayload } from "oidc-provider";
import { invalidConfig } from "../errors.js";
import { type ClientKey, parseClientKey } from "./client-keys.js";
import type { GatewayClient } from "./gateway.js";

/** The public client of `mooring login`. */
export const signInClientId = "mooring-cli";

/** What the sign-in client may ask for. */
export const signInScopes: readonly string[] = ["openid", "profile", "offline_access"];

interface ClientRecord {
  /** The registration that it stands for. */
  readonly registrationKey: string;
  readonly clientId: string;
  readonly kid: string | undefined;
  readonly clientKey: ClientKey;
  readonly origin: GatewayClient["origin"];
  revoked: boolean;
  /** Calls that still find nobody, as before the new client has reached every node. */
  unseenCalls: number;
}

function metadataOf({ clientId, clientKey, kid }: ClientRecord): AdapterPayload {
  const { jwk, algorithm } = clientKey;
  return {
    client_id: clientId,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_signing_alg: algorithm,
    id_token_signed_response_alg: "ES256",
    jwks: { keys: [{ ...jwk, alg: algorithm, use: "sig", ...(kid === undefined ? {} : { kid }) }] },
  };
}

const signInClient: AdapterPayload = {
  client_id: signInClientId,
  client_name: "Mooring command line",
  application_type: "native",
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  // A native client may use any port of these (RFC 8252 §7.3).
  redirect_uris: ["http://127.0.0.1/callback", "http://[::1]/callback"],
  token_endpoint_auth_method: "none",
  id_token_signed_response_alg: "ES256",
  scope: signInScopes.join(" "),
};

function view({ clientId, registrationKey, clientKey, origin, revoked }: ClientRecord): GatewayClient {
  const { algorithm, fingerprint } = clientKey;
  return { clientId, key: registrationKey, algorithm, fingerprint, origin, revoked };
}

/** One client as it is kept over a restart of the gateway; the key is public. */
export interface SavedClient
  extends Pick<ClientRecord, "registrationKey" | "clientId" | "origin" | "revoked"> {
  readonly kid?: string;
  readonly publicKey: object;
}

export class Clients {
  /** Told of a client that was asked for and is unknown, or revoked: then with the registration that it stood for. */
  onRefused: (clientId: string, registrationKey: string | undefined) => void = () => {};
  readonly #clients = new Map<string, ClientRecord>();
  /** The same by registration: asked for at each register request. */
  readonly #ofRegistration = new Map<string, Map<string, ClientRecord>>();
  readonly #unseenCalls: () => number;

  /** `unseenCalls`: how many calls of a client made now are to find nobody. */
  constructor(unseenCalls: () => number) {
    this.#unseenCalls = unseenCalls;
  }

  /** A client of a one-time token. The key is EC P-256 as SPKI PEM (docs/protocol.md, "Keys"), else INVALID_CONFIG. */
  fromOneTimeToken(registrationKey: string, publicKeyPem: string): { clientId: string; kid: string } {
    const clientKey = publicKeyPem.includes("BEGIN PUBLIC KEY") ? parseClientKey(publicKeyPem) : undefined;
    if (clientKey?.algorithm !== "ES256")
      throw invalidConfig('"public_key" must be an EC P-256 public key (SPKI PEM).');
    const kid = randomUUID();
    const clientId = `connector-${randomUUID()}`;
    this.#keep({ registrationKey, clientId, kid, clientKey, origin: "one-time-token" });
    return { clientId, kid };
  }

  /**
   * A client for a key that is mounted into the connector. A client id that this registration has already gets
   * the new key instead, as at a rotation. Throws INVALID_CONFIG for an unusable key or somebody else's id.
   */
  forMountedKey(registrationKey: string, publicKey: string | object, wanted?: string): GatewayClient {
    const clientId = wanted ?? `connector-${randomUUID()}`;
    if (!/^[\w.:@-]{1,200}$/.test(clientId))
      throw invalidConfig('"clientId" takes 1 to 200 letters, digits and . _ : @ -');
    const known = this.#clients.get(clientId);
    if (clientId === signInClientId || (known && known.registrationKey !== registrationKey))
      throw invalidConfig(`The client id "${clientId}" is taken: choose another "clientId".`);
    const clientKey = parseClientKey(publicKey);
    // Connectors with a mounted key send no key id (docs/protocol.md, "Mounted keys").
    return view(this.#keep({ registrationKey, clientId, kid: undefined, clientKey, origin: "mounted-key" }));
  }

  saved(): readonly SavedClient[] {
    return [...this.#clients.values()].map(
      ({ registrationKey, clientId, kid, clientKey: { jwk }, origin, revoked }) => ({
        registrationKey,
        clientId,
        ...(kid === undefined ? {} : { kid }),
        publicKey: jwk,
        origin,
        revoked,
      }),
    );
  }

  /** Throws INVALID_CONFIG for a key that cannot be used. */
  restore(clients: readonly SavedClient[]): void {
    for (const { kid, publicKey, ...one } of clients)
      this.#add({ ...one, kid, clientKey: parseClientKey(publicKey), unseenCalls: 0 });
  }

  list(): readonly GatewayClient[] {
    return [...this.#clients.values()].map(view);
  }

  /** From now on it gets no tokens, and those it has count no more. Throws INVALID_CONFIG for an unknown id. */
  revoke(clientId: string): { readonly registrationKey: string } {
    const found = this.#clients.get(clientId);
    if (!found) throw invalidConfig(`There is no client "${clientId}".`);
    found.revoked = true;
    return found;
  }

  /** The clients of a registration are forgotten. */
  forget(registrationKey: string): void {
    for (const clientId of this.#ofRegistration.get(registrationKey)?.keys() ?? [])
      this.#clients.delete(clientId);
    this.#ofRegistration.delete(registrationKey);
  }

  /** Whether a client in force stands for this registration. */
  hasOneFor(registrationKey: string): boolean {
    for (const client of this.#ofRegistration.get(registrationKey)?.values() ?? [])
      if (!client.revoked) return true;
    return false;
  }

  /** The registration that a client in force stands for. */
  registrationOf(clientId: string): string | undefined {
    const found = this.#clients.get(clientId);
    return found?.revoked === false ? found.registrationKey : undefined;
  }

  /** What the provider finds; uses up one call before a new client is seen. */
  metadata(clientId: string): AdapterPayload | undefined {
    if (clientId === signInClientId) return signInClient;
    const found = this.#clients.get(clientId);
    if (!found || found.revoked) {
      this.onRefused(clientId, found?.registrationKey);
      return undefined;
    }
    if (found.unseenCalls > 0) {
      found.unseenCalls -= 1;
      return undefined;
    }
    return metadataOf(found);
  }

  #keep(made: Omit<ClientRecord, "revoked" | "unseenCalls">): ClientRecord {
    const record = { ...made, revoked: false, unseenCalls: this.#unseenCalls() };
    this.#add(record);
    return record;
  }

  #add(record: ClientRecord): void {
    const { clientId, registrationKey } = record;
    this.#clients.set(clientId, record);
    const ofRegistration = this.#ofRegistration.get(registrationKey) ?? new Map<string, ClientRecord>();
    this.#ofRegistration.set(registrationKey, ofRegistration.set(clientId, record));
  }
}
