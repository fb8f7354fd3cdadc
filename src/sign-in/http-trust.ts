/** Which certificates the commands' HTTP calls trust, by the same variables as a runtime. */

import type { HttpTls } from "../credentials/http.js";
import { type Environment, given } from "../environment/environment.js";
import { readSwitch } from "../environment/switch.js";
import { invalidConfig } from "../errors.js";
import { readTextFileSync } from "../files/read-file.js";
import { silentLogger } from "../logger.js";
import { certificateFault } from "../network/certificate-pair.js";
import { ProxyDialler, type Ways } from "../network/proxy/dialler.js";
import { proxyTrust, type TlsOptions, tlsMaterial } from "../transport/tls.js";

function textOf(path: string): string {
  try {
    return readTextFileSync(path);
  } catch (cause) {
    throw invalidConfig(`MATRIX_TLS_CA_CERT cannot be read: ${path}.`, cause);
  }
}

/** Throws INVALID_CONFIG when the file of `MATRIX_TLS_CA_CERT` cannot be read or holds no certificate, or `MATRIX_TLS_INSECURE` is no switch. */
export function httpTrust(env: Environment): TlsOptions {
  if (readSwitch("MATRIX_TLS_INSECURE", env)) return { insecure: true };
  const path = given(env.MATRIX_TLS_CA_CERT);
  if (path === undefined) return {};
  const ca = textOf(path);
  const fault = certificateFault(`MATRIX_TLS_CA_CERT ${path}`, ca);
  if (fault !== undefined) throw invalidConfig(fault);
  return { ca };
}

/** The same for an HTTP client, which asks before each call. Throws as {@link httpTrust}. */
export function httpTls(env: Environment): () => HttpTls {
  const trust = httpTrust(env);
  return () => tlsMaterial(trust);
}

/** Their ways through the environment's proxies. Throws as {@link httpTrust}. */
export function httpWays(env: Environment, trust: TlsOptions = httpTrust(env)): Ways {
  return new ProxyDialler({ option: undefined, env, tls: () => proxyTrust(trust), logger: silentLogger });
}
