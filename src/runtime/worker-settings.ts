/** The options about worker threads: what they need, and what cannot go with them. */
import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { invalidConfig } from "../errors.js";

/** Where registrations live that do not live in this thread. */
export interface WorkerSettings {
  readonly count: number;
  /** A file URL. */
  readonly module: string;
}

/** The options that matter here. */
interface Given {
  readonly workers?: number;
  readonly module?: URL | string;
  readonly inspect?: unknown;
  readonly random?: unknown;
  readonly credentials?: { readonly store?: unknown };
}

const most = 256;

/** What holds code or a socket cannot go to another thread. */
const threadBound: readonly {
  readonly field: string;
  readonly remedy: string;
  readonly of: (given: Given) => unknown;
}[] = [
  { field: "inspect", remedy: "Inspect with workers: 0.", of: (given) => given.inspect },
  { field: "random", remedy: "Leave it out.", of: (given) => given.random },
  {
    field: "credentials.store",
    remedy: "Give credentials.directory; workers share it.",
    of: (given) => given.credentials?.store,
  },
];

/** Null: everything in this thread. Throws INVALID_CONFIG that names the option and the fix. */
export function workerSettings(given: Given): WorkerSettings | null {
  const count = given.workers ?? 0;
  if (!Number.isInteger(count) || count < 0 || count > most)
    throw invalidConfig(`workers must be a whole number from 0 to ${most}; got ${String(count)}.`);
  if (given.module !== undefined && given.workers === undefined) {
    throw invalidConfig(
      "module needs workers, how many threads load it: give workers: 1 or more, or leave module out and add the connectors themselves.",
    );
  }
  if (count === 0) return null;
  if (given.module === undefined || given.module === "") {
    throw invalidConfig(
      'workers needs module, the file whose exported connectors they load: new URL("./connectors.js", import.meta.url).',
    );
  }
  const bound = threadBound.find(({ of }) => of(given));
  if (bound) throw invalidConfig(`${bound.field} cannot be used with workers. ${bound.remedy}`);
  return { count, module: moduleUrl(given.module) };
}

/** As a file URL. Throws INVALID_CONFIG for anything that is none and no absolute path. */
export function moduleUrl(module: URL | string): string {
  const text = String(module);
  if (text.startsWith("file:") && URL.canParse(text)) return text;
  if (isAbsolute(text)) return pathToFileURL(text).href;
  throw invalidConfig(`module must be a file URL or an absolute path; got "${text}".`);
}
