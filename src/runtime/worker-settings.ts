/** The options about worker threads: what they need, and what cannot go with them. */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { invalidConfig } from "../errors.js";
import { isKind, type OptionTable } from "../options/kinds.js";
import { type RuntimeOptions, runtimeOptions } from "./option-table.js";

/** Where registrations live that do not live in this thread. */
export interface WorkerSettings {
  readonly count: number;
  /** A file URL. */
  readonly module: string;
}

/** An option that is set and cannot go to another thread: it holds code or a socket. */
function refuseBound(given: object, rows: OptionTable, prefix = ""): void {
  for (const [name, entry] of Object.entries(rows)) {
    const value: unknown = Reflect.get(given, name);
    if (!value) continue;
    const field = prefix + name;
    if (!isKind(entry)) refuseBound(Object(value), entry, `${field}.`);
    else if ("staysHere" in entry && typeof entry.staysHere === "string")
      throw invalidConfig(`${field} cannot be used with workers. ${entry.staysHere}`);
  }
}

/** Null: everything in this thread. Throws INVALID_CONFIG that names the option and the fix. */
export function workerSettings(options: RuntimeOptions, count: number): WorkerSettings | null {
  const { module } = options;
  if (module !== undefined && options.workers === undefined) {
    throw invalidConfig(
      "module needs workers, how many threads load it: give workers: 1 or more, or leave module out and add the connectors themselves.",
    );
  }
  if (count === 0) return null;
  if (module === undefined || module === "") {
    throw invalidConfig(
      'workers needs module, the file whose exported connectors they load: new URL("./connectors.js", import.meta.url).',
    );
  }
  refuseBound(options, runtimeOptions);
  if (typeof options.proxy === "function")
    throw invalidConfig(
      "proxy cannot be a function with workers. Give an address, or set it in the environment (STUDIO_PROXY).",
    );
  return { count, module: moduleUrl(module) };
}

/** As a file URL. Throws INVALID_CONFIG for anything that is none and no absolute path. */
export function moduleUrl(module: URL | string): string {
  const text = String(module);
  if (text.startsWith("file:") && URL.canParse(text)) return text;
  if (isAbsolute(text)) return pathToFileURL(text).href;
  throw invalidConfig(`module must be a file URL or an absolute path; got "${text}".`);
}

type StaysHere<Table> = {
  [Name in keyof Table]: Table[Name] extends { readonly staysHere: unknown } ? Name : never;
}[keyof Table];

/** What goes to worker threads: all but what stays here. */
export type WorkerOptions = Omit<RuntimeOptions, StaysHere<typeof runtimeOptions>>;

export function workerOptions(options: RuntimeOptions): WorkerOptions {
  const rows = new Map<string, object>(Object.entries(runtimeOptions));
  const goes = (name: string) => !("staysHere" in (rows.get(name) ?? {}));
  return Object.fromEntries(Object.entries(options).filter(([name]) => goes(name)));
}
