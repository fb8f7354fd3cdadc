/** Makes the `oidc-provider` of a realm: its settings, and the faults of the way back from a sign-in. */
import { randomUUID } from "node:crypto";
import type { JWK } from "jose";
import type { Configuration, default as Provider } from "oidc-provider";
import { loadTool } from "../tools.js";
import { type Clients, signInClientId, signInScopes } from "./clients.js";
import type { FaultControls } from "./faults.js";
import type { IssuedObjects } from "./issued-objects.js";
import { memoryAdapter } from "./memory-adapter.js";
import { pageHeaders, problemPage, signedOutPage, signOutPage } from "./sign-in-pages.js";

/** Below the realm's URL, as Keycloak names them (docs/protocol.md, "HTTP endpoints"). */
export const endpoints = {
  authorization: "/protocol/openid-connect/auth",
  token: "/protocol/openid-connect/token",
  jwks: "/protocol/openid-connect/certs",
  userinfo: "/protocol/openid-connect/userinfo",
  revocation: "/protocol/openid-connect/revoke",
  end_session: "/protocol/openid-connect/logout",
} as const;

export interface ProviderParts {
  readonly realmUrl: string;
  readonly path: string;
  readonly signingKey: JWK;
  readonly clients: Clients;
  readonly issued: IssuedObjects;
  readonly faults: () => FaultControls;
}

/** An instance says on the console that it prefers newer runtimes; a gateway inside somebody's process stays quiet. */
async function importQuietly(): Promise<typeof Provider> {
  const { info, warn } = console;
  try {
    console.info = () => {};
    console.warn = () => {};
    return (await loadTool("oidc-provider")).default;
  } finally {
    console.info = info;
    console.warn = warn;
  }
}

const day = 24 * 60 * 60;

function lifetimes(faults: () => FaultControls): NonNullable<Configuration["ttl"]> {
  const accessToken = () => faults().current.tokenExpiresIn;
  return {
    AccessToken: accessToken,
    ClientCredentials: accessToken,
    AuthorizationCode: 60,
    Grant: 14 * day,
    IdToken: 60 * 60,
    Interaction: 10 * 60,
    RefreshToken: 14 * day,
    Session: 14 * day,
  };
}

function features({ realmUrl, faults }: ProviderParts): NonNullable<Configuration["features"]> {
  return {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    rpInitiatedLogout: {
      enabled: true,
      logoutSource: (ctx, form) => {
        ctx.set(pageHeaders());
        ctx.body = signOutPage(form);
      },
      postLogoutSuccessSource: (ctx) => {
        ctx.set(pageHeaders());
        ctx.body = signedOutPage();
      },
    },
    resourceIndicators: {
      enabled: true,
      // Connectors get a JWT for the gateway; people's tokens are for the userinfo endpoint.
      defaultResource: (_ctx, client) => (client.clientId === signInClientId ? [] : realmUrl),
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "",
        audience: realmUrl,
        accessTokenFormat: "jwt",
        accessTokenTTL: faults().current.tokenExpiresIn,
        jwt: { sign: { alg: "ES256" } },
      }),
    },
  };
}

function configuration(parts: ProviderParts): Configuration {
  const { path, signingKey, clients, issued, faults } = parts;
  return {
    adapter: (model: string) => memoryAdapter(model, (clientId) => clients.metadata(clientId), issued),
    jwks: { keys: [signingKey] } as NonNullable<Configuration["jwks"]>, // jose's JWK, whose members are the same
    ttl: lifetimes(faults),
    cookies: { keys: [randomUUID()] },
    scopes: [...signInScopes],
    claims: { openid: ["sub"], profile: ["preferred_username"] },
    enabledJWA: {
      idTokenSigningAlgValues: ["ES256"],
      clientAuthSigningAlgValues: ["ES256", "ES384", "RS256", "Ed25519"],
    },
    clientAuthMethods: ["private_key_jwt", "none"],
    pkce: { required: () => true },
    rotateRefreshToken: () => faults().current.rotateRefreshTokens,
    findAccount: (_ctx, accountId) => ({
      accountId,
      claims: () => ({ sub: accountId, preferred_username: accountId }),
    }),
    interactions: { url: (_ctx, { uid }) => `${path}/interaction/${uid}` },
    routes: endpoints,
    renderError: (ctx, { error }) => {
      ctx.set(pageHeaders());
      ctx.body = problemPage(`The request was refused (${error}).`);
    },
    features: features(parts),
  };
}

/** The way back to the client with the faults in force; undefined when there is nothing to change. */
function misdirected(location: string, faults: FaultControls): string | undefined {
  if (!URL.canParse(location)) return undefined;
  const url = new URL(location);
  const answer = url.searchParams;
  if (!answer.has("state") || (!answer.has("code") && !answer.has("error"))) return undefined;
  const before = url.href;
  if (faults.use("signInWrongState")) answer.set("state", randomUUID());
  if (faults.use("signInWrongIssuer")) answer.set("iss", "https://elsewhere.example");
  if (faults.use("signInWithoutCode")) answer.delete("code");
  const { signInError } = faults.current;
  if (signInError) {
    answer.delete("code");
    answer.set("error", signInError);
  }
  return url.href === before ? undefined : url.href;
}

export async function makeProvider(parts: ProviderParts): Promise<Provider> {
  const OidcProvider = await importQuietly();
  const provider = new OidcProvider(parts.realmUrl, configuration(parts));
  provider.use(async (ctx, next) => {
    await next();
    const changed = misdirected(ctx.response.get("location"), parts.faults());
    if (changed) ctx.set("location", changed);
  });
  return provider;
}
