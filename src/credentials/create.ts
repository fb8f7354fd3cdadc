/** Puts the parts of the credentials together, with their defaults. Reads no environment: the runtime does. */
import { performance } from "node:perf_hooks";
import { invalidConfig } from "../errors.js";
import { type Logger, silentLogger } from "../logger.js";
import { createTokenCall } from "./access-token.js";
import { parseHttpUrl } from "./callback-base.js";
import type { Credentials, CredentialsOptions } from "./credentials.js";
import { Exchanges } from "./exchange.js";
import { createFileStore } from "./file-store.js";
import { createHttpClient, type HttpTls } from "./http.js";
import { createRegistrationCredentials } from "./registration-credentials.js";
import { type Delay, timerDelay } from "./retry.js";
import { SavedIdentities } from "./saved-identities.js";
import type { CredentialStore } from "./store.js";

export interface CreateCredentialsOptions extends CredentialsOptions {
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
  /** Trust and client certificate of the HTTP calls, asked before each. Default: the public roots. */
  readonly tls?: () => HttpTls;
  /** Default: silent. */
  readonly logger?: Logger;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** Ms since 1970. Default `Date.now`. */
  readonly wallClock?: () => number;
  /** Ms that never go back. Default `performance.now`. */
  readonly monotonicClock?: () => number;
  /** Waits between tries. Default: a timer. */
  readonly delay?: Delay;
}

/** A setting that is set but blank counts as not set. */
const given = (text: string | undefined) => (text?.trim() ? text.trim() : undefined);

function apiUrlOf(options: CreateCredentialsOptions): string | undefined {
  const apiUrl = given(options.apiUrl);
  if (apiUrl === undefined) return undefined;
  const url = parseHttpUrl(apiUrl);
  if (!url || [url.search, url.hash, url.username, url.password].some((part) => part !== "")) {
    const shown = apiUrl.replace(/\/\/[^/@]*@/, "//***@");
    throw invalidConfig(
      `credentials.apiUrl (STRIKE48_API_URL) is not a valid HTTP(S) URL without user, query and fragment: "${shown}"; expected e.g. "https://studio.example.com".`,
    );
  }
  return apiUrl;
}

function storeOf(options: CreateCredentialsOptions, logger: Logger): CredentialStore {
  if (options.store) return options.store;
  const directory = given(options.directory);
  const keysDirectory = given(options.keysDirectory);
  return createFileStore({
    ...(directory === undefined ? {} : { directory }),
    ...(keysDirectory === undefined ? {} : { keysDirectory }),
    logger,
  });
}

/** The credentials of all registrations of a runtime. Throws INVALID_CONFIG for an unusable `apiUrl`. */
export function createCredentials(options: CreateCredentialsOptions): Credentials {
  const {
    dialled,
    allowInsecureHttp = false,
    logger = silentLogger,
    random = Math.random,
    delay = timerDelay,
  } = options;
  const { wallClock = Date.now, monotonicClock = () => performance.now() } = options;
  const timeoutMs = Math.max(1, options.stepTimeoutMs);
  const apiUrl = apiUrlOf(options);
  const store = storeOf(options, logger);
  const http = createHttpClient({ timeoutMs, ...(options.tls === undefined ? {} : { tls: options.tls }) });
  const clocks = { wallClock, monotonicClock };
  const mint = createTokenCall({ http, allowInsecureHttp, timeoutMs, delay, random, ...clocks });
  const saved = new SavedIdentities(store, logger);
  const exchanges = new Exchanges({
    apiUrl,
    dialled,
    allowInsecureHttp,
    store,
    saved,
    http,
    mint,
    delay,
    random,
    wallClock,
    logger,
  });
  return {
    for: (identity, explicitToken) =>
      createRegistrationCredentials(identity, explicitToken, { exchanges, saved, mint, ...clocks }),
    async close() {
      await exchanges.close();
      http.close();
    },
  };
}
