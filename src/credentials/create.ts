/** Puts the parts of the credentials together, with their defaults. Reads no environment: the runtime does. */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { type Environment, given } from "../environment/environment.js";
import { givenSecret } from "../environment/given-secret.js";
import { invalidConfig } from "../errors.js";
import { type Logger, silentLogger } from "../logger.js";
import type { Ways } from "../network/proxy/dialler.js";
import { addressOf } from "../protocol/endpoint.js";
import { registrationKey } from "../protocol/identity.js";
import { createTokenCall } from "./access-token.js";
import { isSafeStream, parseHttpUrl } from "./callback-base.js";
import type { CredentialService, CredentialsOptions } from "./credentials.js";
import { createFileStore, type TellingStore } from "./file-store.js";
import { storeForGateway } from "./given-store.js";
import { createHttpClient, type HttpTls } from "./http.js";
import { IdentityTokens } from "./identity-tokens.js";
import { namesOfGateway, OtherGateways, type TellOther } from "./issuing-gateway.js";
import { KeyRegistrations } from "./key-registrations.js";
import { createRegistrationCredentials } from "./registration-credentials.js";
import { SavedIdentities } from "./saved-identities.js";
import { Sources, type WellKnownPaths } from "./sources.js";
import type { CredentialStore } from "./store.js";

export interface CredentialServiceOptions extends CredentialsOptions {
  /** Folder of `keys/` and `credentials/`. Default `$HOME/.strike48`. */
  readonly directory?: string;
  /** Folder of the keys, when elsewhere (STRIKE48_KEYS_DIR). Default `keys` in `directory`. */
  readonly keysDirectory?: string;
  /** Instead of files. */
  readonly store?: CredentialStore;
  /** Base of the gateway's HTTP API (STRIKE48_API_URL). Default: derived from the dialled address. */
  readonly apiUrl?: string;
  /** Allow plain `http` to hosts other than loopback. Default false. */
  readonly allowInsecureHttp?: boolean;
  /** Allow tokens on gRPC without TLS to hosts other than loopback. Default false. */
  readonly allowInsecureGrpc?: boolean;
  /** The only realms that tokens are asked of: realm URLs, or origins for all their realms. Default: any. */
  readonly allowedRealms?: readonly string[];
  /** Trust and client certificate of the HTTP calls, asked before each. Default: the public roots. */
  readonly tls?: () => HttpTls;
  /** The ways of the HTTP calls through proxies. Default: none. */
  readonly ways?: Ways;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Ms since 1970. Default `Date.now`. */
  readonly wallClock?: () => number;
  /** Ms that never go back. Default `performance.now`. */
  readonly monotonicClock?: () => number;
  /** Where a mounted key, a one-time token and `AUTH_TOKEN` are looked for. Default: nothing is set. */
  readonly env?: Environment;
  /** Where they lie when no variable says so. Default: the protocol's paths. */
  readonly wellKnown?: WellKnownPaths;
}

function apiUrlOf(options: CredentialServiceOptions): string | undefined {
  const apiUrl = given(options.apiUrl);
  if (apiUrl === undefined) return undefined;
  const url = parseHttpUrl(apiUrl);
  if (!url || [url.search, url.hash, url.username, url.password].some((part) => part !== "")) {
    // Not the text itself: what is wrong with it may be a password.
    throw invalidConfig(
      'credentials.apiUrl (STRIKE48_API_URL) is not a valid HTTP(S) URL without user, query and fragment; expected e.g. "https://studio.example.com".',
    );
  }
  return apiUrl;
}

function allowedRealmsOf({ allowedRealms }: CredentialServiceOptions): readonly URL[] | undefined {
  return allowedRealms?.map((text, index) => {
    const url = parseHttpUrl(text.trim());
    if (url) return url;
    throw invalidConfig(
      `credentials.allowedRealms[${index}] is not a valid HTTP(S) URL; expected e.g. "https://kc.example.com/realms/matrix".`,
    );
  });
}

function storeOf(
  options: CredentialServiceOptions,
  logger: Logger,
  here: readonly string[],
  tellOther: TellOther,
): CredentialStore | TellingStore {
  if (options.store) return storeForGateway(options.store, here, tellOther);
  const home = given(options.env?.HOME);
  const directory = given(options.directory) ?? (home && join(home, ".strike48"));
  const keysDirectory = given(options.keysDirectory);
  return createFileStore({
    ...(directory === undefined ? {} : { directory }),
    ...(keysDirectory === undefined ? {} : { keysDirectory }),
    logger,
    here,
    tellOther,
  });
}

/** Once for each registration: it is looked for again at every try. */
function teller(others: OtherGateways, here: readonly string[], logger: Logger): TellOther {
  return (identity, credentials) => {
    if (!others.note(identity, credentials)) return;
    logger.warn(
      { registration: registrationKey(identity), issuedBy: credentials.gateways?.[0], gateway: here[0] },
      "Saved credentials are of another gateway, and are not used for this one. If both are the same, set credentials.apiUrl (STRIKE48_API_URL) to what issuedBy says.",
    );
  };
}

/** Undefined when the dialled address may get tokens; else why not, and what to set. */
function clearText({ dialled, allowInsecureGrpc = false }: CredentialServiceOptions, logger: Logger) {
  if (isSafeStream(dialled, false)) return undefined;
  const what = `would go without TLS to ${dialled.authority}, which is not on loopback`;
  const secured = addressOf({ transport: "gRPC", ...dialled, tls: true });
  if (!allowInsecureGrpc)
    return `${what}: write url as ${secured}, or set credentials.allowInsecureGrpc (MOORING_ALLOW_INSECURE_GRPC=true) where the network is trusted.`;
  logger.warn(
    { gateway: dialled.authority },
    "Tokens go to the gateway without TLS, because credentials.allowInsecureGrpc (MOORING_ALLOW_INSECURE_GRPC) is set.",
  );
  return undefined;
}

/** The credentials of all registrations of a runtime. Throws INVALID_CONFIG for an unusable `apiUrl` or `allowedRealms`. */
export function createCredentialService(options: CredentialServiceOptions): CredentialService {
  const { dialled, allowInsecureHttp = false, logger = silentLogger, env = {} } = options;
  const { wallClock = Date.now, monotonicClock = () => performance.now() } = options;
  const timeoutMs = Math.max(1, options.stepTimeoutMs);
  const allowedRealms = allowedRealmsOf(options);
  const apiUrl = apiUrlOf(options);
  const here = namesOfGateway({ apiUrl, dialled });
  const others = new OtherGateways();
  const store = storeOf(options, logger, here, teller(others, here, logger));
  const http = createHttpClient({
    timeoutMs,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    ...(options.ways === undefined ? {} : { ways: options.ways }),
  });
  const stopping = new AbortController();
  // Thousands may take their turn at once; Node warns from the eleventh on.
  setMaxListeners(0, stopping.signal);
  const saved = new SavedIdentities({ store, here, others, logger, stopping: stopping.signal });
  const registrations = new KeyRegistrations({
    apiUrl,
    dialled,
    allowInsecureHttp,
    store,
    saved,
    http,
    wallClock,
    logger,
  });
  const tokens = new IdentityTokens({
    mint: createTokenCall({ http, allowInsecureHttp, allowedRealms, wallClock, monotonicClock }),
    monotonicClock,
    stopping: registrations.stopping,
  });
  const sources = new Sources({
    env,
    allowInsecureHttp,
    wallClock,
    logger,
    saved,
    ...(options.wellKnown === undefined ? {} : { wellKnown: options.wellKnown }),
  });
  const whyNoTokens = clearText(options, logger);
  const parts = { sources, registrations, tokens, wallClock, whyNoTokens, saved };
  return {
    for(identity, explicitToken) {
      const token = givenSecret(explicitToken?.reveal());
      sources.check(token);
      if (token && whyNoTokens) throw invalidConfig(`authToken ${whyNoTokens}`);
      return createRegistrationCredentials(identity, token, parts);
    },
    async close() {
      stopping.abort();
      await registrations.close();
      http.close();
    },
  };
}
