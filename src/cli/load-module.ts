/** Loads a user's module, TypeScript included, and finds the registrations it exports. */
import { access } from "node:fs/promises";
import { hostname } from "node:os";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { type Connector, MooringError, type RegistrationOptions } from "../index.js";

const isConnector = (value: unknown): value is Connector =>
  typeof value === "object" &&
  value !== null &&
  "connectorType" in value &&
  "execute" in value &&
  typeof value.execute === "function";

const isRegistration = (value: unknown): value is RegistrationOptions =>
  typeof value === "object" && value !== null && "connector" in value && isConnector(value.connector);

async function importModule(path: string): Promise<Record<string, unknown>> {
  if (extname(path) !== ".ts" && extname(path) !== ".mts") return import(pathToFileURL(path).href);
  // Types are stripped in memory: a cache on disk would be one more thing to go stale.
  return createJiti(import.meta.url, { fsCache: false }).import(path);
}

/**
 * The registrations of a module: every exported connector, registration (`{ connector, instanceId, … }`)
 * or array of them, `default` included. Throws INVALID_CONFIG when the file or the exports are missing.
 */
export async function loadRegistrations(
  file: string,
  defaults: { tenantId?: string; instanceId?: string },
): Promise<readonly RegistrationOptions[]> {
  const path = resolve(file);
  if (![".js", ".mjs", ".ts", ".mts"].includes(extname(path))) {
    throw new MooringError("INVALID_CONFIG", `FILE must end in .js, .mjs or .ts; got "${file}".`);
  }
  await access(path).catch((cause: unknown) => {
    throw new MooringError("INVALID_CONFIG", `FILE cannot be read: "${file}".`, { cause });
  });
  const exported = Object.values(await importModule(path)).flatMap((value) =>
    Array.isArray(value) ? value : [value],
  );
  const found = [...new Set(exported)].flatMap((value): RegistrationOptions[] => {
    if (isRegistration(value)) return [{ ...defaults, ...value }];
    return isConnector(value) ? [{ ...defaults, connector: value }] : [];
  });
  if (found.length === 0) {
    throw new MooringError(
      "INVALID_CONFIG",
      `"${file}" exports no connector: export one, or { connector, instanceId }.`,
    );
  }
  const instanceId = process.env.INSTANCE_ID?.trim();
  return found.map((one) => ({
    ...one,
    instanceId: one.instanceId ?? (instanceId || `${one.connector.connectorType}-${hostname()}`),
  }));
}
