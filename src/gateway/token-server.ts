/**
 * The token server: `oidc-provider` behind `/realms/{realm}`, for connectors (`private_key_jwt`) and for people who
 * sign in. Loaded when first needed, so that a gateway without credentials starts fast.
 */
import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify } from "jose";
import type { default as Provider } from "oidc-provider";
import { Clients, signInClientId, signInScopes } from "./clients.js";
import type { FaultControls } from "./faults.js";
import type { SignInConfig } from "./gateway.js";
import { IssuedObjects } from "./issued-objects.js";
import { endpoints, makeProvider } from "./provider.js";
import { SignInInteraction } from "./sign-in-interaction.js";

interface Running {
  readonly provider: Provider;
  readonly handle: (request: IncomingMessage, response: ServerResponse) => unknown;
  readonly interaction: SignInInteraction;
}

const json = { "content-type": "application/json" };

/** Answers a token call by the fault in force, if any. True when it has. */
function playFault(faults: FaultControls, response: ServerResponse): boolean {
  const { tokenRedirect, tokenRetryAfterSeconds } = faults.current;
  const retryAfter = { "retry-after": String(tokenRetryAfterSeconds) };
  if (tokenRedirect) response.writeHead(307, { location: tokenRedirect }).end();
  else if (faults.use("tokenServerError")) response.writeHead(503, retryAfter).end();
  else if (faults.use("tokenTooMany")) response.writeHead(429, retryAfter).end();
  else if (faults.use("tokenUnauthorized"))
    response.writeHead(401, json).end(JSON.stringify({ error: "invalid_client" }));
  else if (faults.use("tokenMalformed")) response.writeHead(200, json).end("{ not json");
  else if (faults.use("tokenEmpty")) response.writeHead(200, json).end();
  else return false;
  return true;
}

export class TokenServer {
  readonly realm: string;
  readonly clients = new Clients(() => this.#faults().current.newClientUnknown);
  readonly #faults: () => FaultControls;
  readonly #adminToken: string | undefined;
  #signing: { readonly publicKey: CryptoKey; readonly jwk: JWK } | undefined;
  readonly issued: IssuedObjects;
  readonly #keep: () => Promise<void>;
  #running: Promise<Running> | undefined;
  #realmUrl = "";

  /** `keep`: awaited before anything that must outlive the gateway is handed out. */
  constructor(
    realm: string,
    faults: () => FaultControls,
    adminToken: string | undefined,
    keep: () => Promise<void>,
  ) {
    this.issued = new IssuedObjects(keep);
    this.#keep = keep;
    this.realm = realm;
    this.#faults = faults;
    this.#adminToken = adminToken;
  }

  /** The realm's full URL: issuer, and the audience of assertions. */
  get realmUrl(): string {
    return this.#realmUrl;
  }

  get path(): string {
    return `/realms/${this.realm}`;
  }

  /** Where people sign in. */
  get signIn(): SignInConfig {
    const at = (path: string) => `${this.#realmUrl}${path}`;
    return {
      authorization_endpoint: at(endpoints.authorization),
      token_endpoint: at(endpoints.token),
      issuer: this.#realmUrl,
      client_id: signInClientId,
      scopes: signInScopes,
      userinfo_endpoint: at(endpoints.userinfo),
      revocation_endpoint: at(endpoints.revocation),
      end_session_endpoint: at(endpoints.end_session),
    };
  }

  /** The listener's address is known (again); the provider follows when it changed. */
  listenAt(httpUrl: string): void {
    const realmUrl = `${httpUrl}${this.path}`;
    if (realmUrl !== this.#realmUrl) this.#running = undefined;
    this.#realmUrl = realmUrl;
  }

  /** The key that signs tokens; undefined as long as none was needed. Private. */
  get signingKey(): JWK | undefined {
    return this.#signing?.jwk;
  }

  /** Goes on with a key of before. Rejects for one that cannot be used. */
  async restoreSigningKey(jwk: JWK): Promise<void> {
    const { d: _private, ...open } = jwk;
    const publicKey = await importJWK(open, "ES256");
    if (publicKey instanceof Uint8Array) throw new TypeError("No key pair.");
    this.#signing = { publicKey, jwk };
  }

  /** Whether an access token was issued by us to a client of this registration, and is in force. */
  async isValid(token: string, key: string): Promise<boolean> {
    if (!this.#signing) return false;
    try {
      const { payload } = await jwtVerify(token, this.#signing.publicKey, {
        issuer: this.#realmUrl,
        audience: this.#realmUrl,
      });
      const { client_id } = payload;
      return typeof client_id === "string" && this.clients.registrationOf(client_id) === key;
    } catch {
      return false;
    }
  }

  /** Whether a person signed in for this token. Where there is an administrators' token, only who has it could. */
  isSignedIn(token: string): boolean {
    const { payload, expiresAt = 0 } = this.issued.of("AccessToken").get(token) ?? {};
    return payload?.clientId === signInClientId && expiresAt > Date.now();
  }

  /** Whether other pages may send people there: to sign in and out, but not to decide (OpenID Connect Core §3.1.2.1). */
  opensFromElsewhere(method: string, pathname: string): boolean {
    if (!pathname.startsWith(`${this.path}/`)) return false;
    const page = pathname.slice(this.path.length);
    if (page === endpoints.authorization || page === endpoints.end_session) return true;
    const shown = [`${endpoints.authorization}/`, `${endpoints.end_session}/success`, "/interaction/"];
    return method === "GET" && shown.some((start) => page.startsWith(start));
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const faults = this.#faults();
    const full = request.url ?? "";
    const path = full.slice(this.path.length);
    if (path.split("?", 1)[0] === endpoints.token) {
      if (playFault(faults, response)) return;
      const { tokenDelayMs } = faults.current;
      if (tokenDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, tokenDelayMs));
    }
    this.#running ??= this.#start();
    const { provider, handle, interaction } = await this.#running;
    if (path.startsWith("/interaction/")) return interaction.handle(provider, request, response);
    // The provider is mounted below the realm's path, and learns that path from this property, as under Express.
    Object.assign(request, { originalUrl: full });
    request.url = path;
    await handle(request, response);
  }

  async #start(): Promise<Running> {
    const { jwk } = await this.#signingKey();
    const provider = await makeProvider({
      realmUrl: this.#realmUrl,
      path: this.path,
      signingKey: jwk,
      clients: this.clients,
      issued: this.issued,
      faults: this.#faults,
    });
    const interaction = new SignInInteraction(this.#adminToken, new URL(this.#realmUrl).origin);
    return { provider, handle: provider.callback(), interaction };
  }

  async #signingKey() {
    if (this.#signing) return this.#signing;
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: randomUUID(), alg: "ES256", use: "sig" };
    this.#signing = { publicKey, jwk };
    await this.#keep();
    return this.#signing;
  }
}
