/** `serveStatic`: a folder of files as an app, in one call. */
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { appConnector } from "../connectors/app/app.js";
import { invalidConfig } from "../errors.js";
import { named } from "../options/kinds.js";
import { type ServeStaticOptions, serveStaticCall } from "./option-table.js";
import { checkRun, lead, runOptionsOf } from "./run-connector.js";

/** What is no path is refused where the folder is opened. */
const nameOf = (folder: unknown): string =>
  basename(
    folder instanceof URL ? fileURLToPath(folder) : resolve(typeof folder === "string" ? folder : "."),
  );

/**
 * Serves the files of a folder as an app, as the whole of a program; what holds for `runConnector` holds here. Rejects
 * with INVALID_CONFIG for bad options, and where there is no such folder.
 *
 * @example
 * ```ts
 * import { serveStatic } from "mooring";
 *
 * await serveStatic("dist", { name: "Sales", spaFallback: true });
 * ```
 */
export async function serveStatic(folder: string | URL, options: ServeStaticOptions = {}): Promise<number> {
  checkRun(options, serveStaticCall);
  if (!folder)
    throw invalidConfig(`folder must be the path of the folder with the app's files; got ${named(folder)}.`);
  const { name, type, spaFallback } = options;
  const connector = appConnector({
    name: name ?? nameOf(folder),
    static: folder,
    ...(type === undefined ? {} : { type }),
    ...(spaFallback === undefined ? {} : { spaFallback }),
  });
  return lead("serveStatic()", connector, runOptionsOf(options));
}
