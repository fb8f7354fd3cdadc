/** Loads a user's module and finds the connectors and registrations it exports. */
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Connector } from "../connectors/connector.js";
import { codeOf, invalidConfig } from "../errors.js";
import { checkFile, oddFileWords } from "../files/read-file.js";
import { nearestName } from "../options/nearest-name.js";
import type { RegistrationOptions } from "../runtime/options.js";
import { importModule } from "./import-module.js";

/** A registration that a module exports, with its connector. */
export type ExportedRegistration = RegistrationOptions & { readonly connector: Connector };

const isConnector = (value: unknown): value is Connector =>
  typeof value === "object" &&
  value !== null &&
  "connectorType" in value &&
  "execute" in value &&
  typeof value.execute === "function";

const isRegistration = (value: unknown): value is ExportedRegistration =>
  typeof value === "object" && value !== null && "connector" in value && isConnector(value.connector);

/** An object with a connector in a field of another name would be passed over without a word. */
function refuseMisnamed(value: unknown, path: string): void {
  if (typeof value !== "object" || value === null || "connector" in value || isConnector(value)) return;
  const name = nearestName(
    "connector",
    Object.keys(value).filter((one) => isConnector(Reflect.get(value, one))),
  );
  if (name === undefined) return;
  throw invalidConfig(`"${path}" exports an object with a connector in ${name}; did you mean "connector"?`);
}

const moduleExtensions = [".js", ".mjs", ".ts", ".mts"];

/**
 * What a module exports: every connector (as a registration without further options), registration
 * (`{ connector, instanceId, … }`) or array of them, `default` included. Throws INVALID_CONFIG when the file or
 * the exports are missing, or when it cannot be loaded.
 */
export async function loadModule(url: string): Promise<readonly ExportedRegistration[]> {
  const path = fileURLToPath(url);
  if (!moduleExtensions.includes(extname(path)))
    throw invalidConfig(`The module must end in .js, .mjs, .ts or .mts; got "${path}".`);
  await checkFile(path).catch((cause: unknown) => {
    const odd = oddFileWords(cause)?.replace(/\.$/, "");
    if (odd !== undefined)
      throw invalidConfig(`The module cannot be read: ${odd}; name the file of a module.`, cause);
    const what = codeOf(cause) === "ENOENT" ? "does not exist" : `cannot be read (${codeOf(cause)})`;
    throw invalidConfig(`The module "${path}" ${what}: name a file that exports connectors.`, cause);
  });
  const exported = Object.values(await importModule(url)).flatMap((value) =>
    Array.isArray(value) ? value : [value],
  );
  const found = [...new Set(exported)].flatMap((value): ExportedRegistration[] => {
    if (isRegistration(value)) return [value];
    refuseMisnamed(value, path);
    return isConnector(value) ? [{ connector: value }] : [];
  });
  if (found.length === 0)
    throw invalidConfig(`"${path}" exports no connector: export one, or { connector, instanceId }.`);
  return found;
}
