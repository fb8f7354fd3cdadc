/**
 * The token server: `oidc-provider` behind `/realms/{realm}`, for `private_key_jwt` clients that
 * register-with-ott makes. Loaded when first needed, so that a gateway without credentials starts fast.
 */
import { createPublicKey, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, jwtVerify } from "jose";
import type { Adapter, AdapterPayload, Configuration, default as Provider } from "oidc-provider";
import type { FaultControls } from "./faults.js";

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

interface ClientRecord {
  readonly key: string;
  readonly metadata: AdapterPayload;
}

/** Everything that oidc-provider stores, in memory; its clients are ours. */
function memoryAdapter(model: string, clients: ReadonlyMap<string, ClientRecord>): Adapter {
  const stored = new Map<string, AdapterPayload>();
  const find = async (id: string) => (model === "Client" ? clients.get(id)?.metadata : stored.get(id));
  return {
    async upsert(id, payload) {
      stored.set(id, payload);
    },
    find,
    findByUserCode: find,
    findByUid: find,
    async consume(id) {
      const payload = stored.get(id);
      if (payload) payload.consumed = Math.floor(Date.now() / 1_000);
    },
    async destroy(id) {
      stored.delete(id);
    },
    async revokeByGrantId() {},
  };
}

/** An instance says on the console that it prefers newer runtimes; a gateway inside somebody's process stays quiet. */
async function importQuietly(): Promise<typeof Provider> {
  const { info, warn } = console;
  try {
    console.info = () => {};
    console.warn = () => {};
    return (await import("oidc-provider")).default;
  } finally {
    console.info = info;
    console.warn = warn;
  }
}

export class TokenServer {
  readonly realm: string;
  readonly #faults: () => FaultControls;
  readonly #clients = new Map<string, ClientRecord>();
  #signing: { readonly publicKey: CryptoKey; readonly jwk: JWK } | undefined;
  #handler: Promise<Handler> | undefined;
  #realmUrl = "";

  constructor(realm: string, faults: () => FaultControls) {
    this.realm = realm;
    this.#faults = faults;
  }

  /** The realm's full URL: issuer, and the audience of assertions. */
  get realmUrl(): string {
    return this.#realmUrl;
  }

  get path(): string {
    return `/realms/${this.realm}`;
  }

  /** The listener's address is known (again); the provider follows when it changed. */
  listenAt(httpUrl: string): void {
    const realmUrl = `${httpUrl}${this.path}`;
    if (realmUrl !== this.#realmUrl) this.#handler = undefined;
    this.#realmUrl = realmUrl;
  }

  /** A client for a registration, with its public key (SPKI PEM). Throws for a key that is no EC P-256 key. */
  async addClient(
    key: string,
    publicKeyPem: string,
  ): Promise<{ readonly clientId: string; readonly kid: string }> {
    const publicKey = createPublicKey(publicKeyPem);
    if (publicKey.asymmetricKeyDetails?.namedCurve !== "prime256v1")
      throw new Error("The key must be an EC P-256 key.");
    const clientId = `connector-${randomUUID()}`;
    const kid = randomUUID();
    const metadata: AdapterPayload = {
      client_id: clientId,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: "ES256",
      id_token_signed_response_alg: "ES256",
      jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" }] },
    };
    this.#clients.set(clientId, { key, metadata });
    return { clientId, kid };
  }

  /** The clients of a registration are refused from now on. */
  revoke(key: string): void {
    for (const [clientId, client] of this.#clients) if (client.key === key) this.#clients.delete(clientId);
  }

  /** Whether an access token was issued by us to a client of this registration, and is in force. */
  async isValid(token: string, key: string): Promise<boolean> {
    if (!this.#signing) return false;
    try {
      const { payload } = await jwtVerify(token, this.#signing.publicKey, { issuer: this.#realmUrl });
      const client = typeof payload.client_id === "string" ? this.#clients.get(payload.client_id) : undefined;
      return client?.key === key;
    } catch {
      return false;
    }
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const faults = this.#faults();
    if (faults.use("tokenServerError")) {
      response.writeHead(503, { "retry-after": "0" }).end();
      return;
    }
    if (faults.use("tokenUnauthorized")) {
      response
        .writeHead(401, { "content-type": "application/json" })
        .end(JSON.stringify({ error: "invalid_client" }));
      return;
    }
    const { tokenDelayMs } = faults.current;
    if (tokenDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, tokenDelayMs));
    this.#handler ??= this.#start();
    (await this.#handler)(request, response);
  }

  async #start(): Promise<Handler> {
    if (!this.#signing) {
      const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
      this.#signing = {
        publicKey,
        jwk: { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: "ES256", use: "sig" },
      };
    }
    const OidcProvider = await importQuietly();
    return new OidcProvider(this.#realmUrl, this.#configuration(this.#signing.jwk)).callback();
  }

  #configuration(jwk: JWK): Configuration {
    const at = `${this.path}/protocol/openid-connect`;
    return {
      adapter: (model: string) => memoryAdapter(model, this.#clients),
      jwks: { keys: [jwk] } as NonNullable<Configuration["jwks"]>,
      ttl: { ClientCredentials: () => this.#faults().current.tokenExpiresIn },
      cookies: { keys: [randomUUID()] },
      enabledJWA: { idTokenSigningAlgValues: ["ES256"], clientAuthSigningAlgValues: ["ES256", "RS256"] },
      clientAuthMethods: ["private_key_jwt"],
      routes: { token: `${at}/token`, jwks: `${at}/certs` },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => this.#realmUrl,
          useGrantedResource: () => true,
          getResourceServerInfo: () => ({
            scope: "",
            audience: this.#realmUrl,
            accessTokenFormat: "jwt",
            accessTokenTTL: this.#faults().current.tokenExpiresIn,
            jwt: { sign: { alg: "ES256" } },
          }),
        },
      },
    };
  }
}
