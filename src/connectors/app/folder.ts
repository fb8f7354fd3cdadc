/** Finds the file of a path in a folder, and nothing outside of it. Looks at the disk each time; keeps nothing. */
import { realpathSync, type Stats, statSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { invalidConfig } from "../../errors.js";

export interface FoundFile {
  /** Without links. */
  readonly path: string;
  readonly stats: Stats;
}

/** The parts of a path, its percent encoding undone once; undefined for one that leads to no file of a folder. */
function partsOf(path: string): readonly string[] | undefined {
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (/[\\\0]/.test(plain)) return undefined;
  const parts = plain.split("/").filter((part) => part !== "");
  return parts.some((part) => part.startsWith(".")) ? undefined : parts;
}

export class Folder {
  readonly #root: string;

  /** Throws INVALID_CONFIG where there is no such folder. */
  constructor(given: unknown) {
    const wanted = "static must be the path or the file URL of a folder";
    let root: string;
    try {
      if (!(given instanceof URL) && typeof given !== "string") throw new TypeError();
      root = given instanceof URL ? fileURLToPath(given) : resolve(given);
    } catch {
      throw invalidConfig(`${wanted}.`);
    }
    try {
      this.#root = realpathSync(root);
      if (!statSync(this.#root).isDirectory()) throw new TypeError();
    } catch {
      throw invalidConfig(`${wanted}; ${root} is none. Build the app first, or give the path of its files.`);
    }
  }

  /** A folder stands for its index.html. */
  async find(path: string): Promise<FoundFile | undefined> {
    const parts = partsOf(path);
    const found = parts && (await this.#look(join(this.#root, ...parts)));
    if (found?.stats.isDirectory()) return this.#file(join(found.path, "index.html"));
    return found?.stats.isFile() && !path.endsWith("/") ? found : undefined;
  }

  async #file(path: string): Promise<FoundFile | undefined> {
    const found = await this.#look(path);
    return found?.stats.isFile() ? found : undefined;
  }

  /** Undefined for what is not there, and for what a link leads out to or hides. */
  async #look(path: string): Promise<FoundFile | undefined> {
    try {
      const real = await realpath(path);
      const within = relative(this.#root, real);
      if (isAbsolute(within) || within.split(sep).some((part) => part.startsWith("."))) return undefined;
      return { path: real, stats: await stat(real) };
    } catch {
      return undefined;
    }
  }
}
