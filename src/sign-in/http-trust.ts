/** Which certificates the commands' HTTP calls trust, by the same variables as a runtime. */
import { readFileSync } from "node:fs";
import type { HttpTls } from "../credentials/http.js";
import { invalidConfig } from "../errors.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws INVALID_CONFIG when the file of `MATRIX_TLS_CA_CERT` cannot be read. */
export function httpTrust(env: Environment): HttpTls {
  if (/^(true|1)$/i.test(env.MATRIX_TLS_INSECURE?.trim() ?? "")) return { insecure: true };
  const path = env.MATRIX_TLS_CA_CERT?.trim();
  if (!path) return {};
  try {
    return { ca: readFileSync(path, "utf8") };
  } catch (cause) {
    throw invalidConfig(`MATRIX_TLS_CA_CERT cannot be read: ${path}.`, cause);
  }
}
