/** Which certificates the commands' HTTP calls trust, by the same variables as a runtime. */

import type { HttpTls } from "../credentials/http.js";
import { invalidConfig } from "../errors.js";
import type { Environment } from "../protocol/environment.js";
import { readSwitch } from "../protocol/switch.js";
import { readTextFileSync } from "../read-file.js";
import { type TlsOptions, tlsMaterial } from "../transport/tls.js";

/** Throws INVALID_CONFIG when the file of `MATRIX_TLS_CA_CERT` cannot be read, or `MATRIX_TLS_INSECURE` is no switch. */
export function httpTrust(env: Environment): TlsOptions {
  if (readSwitch("MATRIX_TLS_INSECURE", env)) return { insecure: true };
  const path = env.MATRIX_TLS_CA_CERT?.trim();
  if (!path) return {};
  try {
    return { ca: readTextFileSync(path) };
  } catch (cause) {
    throw invalidConfig(`MATRIX_TLS_CA_CERT cannot be read: ${path}.`, cause);
  }
}

/** The same for an HTTP client, which asks before each call. Throws as {@link httpTrust}. */
export function httpTls(env: Environment): () => HttpTls {
  const trust = httpTrust(env);
  return () => tlsMaterial(trust);
}
