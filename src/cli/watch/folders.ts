/** Watches the folders of files: editors save by putting a new file in the old one's place, which a watch of the file itself would not outlive. */
import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import { codeOf } from "../../errors.js";

export class Folders {
  readonly #changed: () => void;
  readonly #failed: (words: string) => void;
  /** By folder: the watch, and the names that count. */
  readonly #watched = new Map<string, { readonly end: () => void; names: Set<string> }>();

  constructor(changed: () => void, failed: (words: string) => void) {
    this.#changed = changed;
    this.#failed = failed;
  }

  /** From now on these, and no others. */
  watch(paths: Iterable<string>): void {
    const wanted = new Map<string, Set<string>>();
    for (const path of paths) {
      const folder = dirname(path);
      wanted.set(folder, (wanted.get(folder) ?? new Set()).add(basename(path)));
    }
    for (const [folder, { end }] of this.#watched) {
      if (wanted.has(folder)) continue;
      end();
      this.#watched.delete(folder);
    }
    for (const [folder, names] of wanted) {
      const known = this.#watched.get(folder);
      if (known) known.names = names;
      else this.#begin(folder, names);
    }
  }

  close(): void {
    for (const { end } of this.#watched.values()) end();
    this.#watched.clear();
  }

  #begin(folder: string, names: Set<string>): void {
    try {
      const watcher = watch(folder, (_, name) => {
        const counted = this.#watched.get(folder)?.names;
        // Some systems say no name.
        if (counted && (name === null || counted.has(name))) this.#changed();
      });
      watcher.on("error", (error) => this.#fail(folder, error));
      this.#watched.set(folder, { end: () => watcher.close(), names });
    } catch (error) {
      this.#fail(folder, error);
    }
  }

  #fail(folder: string, error: unknown): void {
    this.#watched.get(folder)?.end();
    this.#watched.delete(folder);
    // A folder that is not there yet: what imports from it is watched, and names it.
    if (codeOf(error) !== "ENOENT")
      this.#failed(`${folder} cannot be watched (${codeOf(error)}): changes there are not seen.`);
  }
}
