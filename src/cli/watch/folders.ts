/**
 * Watches the folders of files: editors save by putting a new file in the old one's place, which a watch of the file
 * itself would not outlive. In place of a folder that is not there, the nearest one above it is watched.
 */
import { statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { codeOf } from "../../errors.js";

interface Watch {
  readonly identity: string;
  readonly end: () => void;
  /** Those that count. */
  names: Set<string>;
}

/** A folder that was removed and made again is another one: a watch of the old one sees nothing. */
function identityOf(folder: string): string | undefined {
  const stats = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.dev} ${stats.ino} ${stats.birthtimeNs}`;
}

/** The folder that is there, and what has to change in it. */
function whereToLook(path: string): readonly [folder: string, name: string] {
  let [folder, name] = [dirname(path), basename(path)];
  while (folder !== dirname(folder) && identityOf(folder) === undefined)
    [folder, name] = [dirname(folder), basename(folder)];
  return [folder, name];
}

export class Folders {
  readonly #changed: () => void;
  readonly #failed: (words: string) => void;
  readonly #watched = new Map<string, Watch>();

  constructor(changed: () => void, failed: (words: string) => void) {
    this.#changed = changed;
    this.#failed = failed;
  }

  /** From now on these, and no others. */
  watch(paths: Iterable<string>): void {
    const wanted = new Map<string, Set<string>>();
    for (const path of paths) {
      const [folder, name] = whereToLook(path);
      wanted.set(folder, (wanted.get(folder) ?? new Set()).add(name));
    }
    for (const [folder, { identity }] of this.#watched)
      if (!wanted.has(folder) || identityOf(folder) !== identity) this.#end(folder);
    for (const [folder, names] of wanted) {
      const known = this.#watched.get(folder);
      if (known) known.names = names;
      else this.#begin(folder, names);
    }
  }

  close(): void {
    for (const folder of this.#watched.keys()) this.#end(folder);
  }

  #begin(folder: string, names: Set<string>): void {
    try {
      const identity = identityOf(folder);
      if (identity === undefined) return this.#changed();
      const watcher = watch(folder);
      const own: Watch = { identity, end: () => watcher.close(), names };
      this.#watched.set(folder, own);
      watcher.on("change", (_, name) => {
        // It names itself when it is removed or moved, and a number may be given to the next one at once.
        const isItself = name === basename(folder);
        if (isItself && this.#watched.get(folder) === own) this.#end(folder);
        // Some systems say no name.
        if (isItself || name === null || own.names.has(String(name))) this.#changed();
      });
      watcher.on("error", (error) => {
        if (this.#watched.get(folder) === own) this.#end(folder);
        // Some systems fail when it is removed.
        if (identityOf(folder) === identity) this.#fail(folder, error);
        else this.#changed();
      });
      // What was changed before it began was not seen.
      this.#changed();
    } catch (error) {
      this.#fail(folder, error);
    }
  }

  #end(folder: string): void {
    this.#watched.get(folder)?.end();
    this.#watched.delete(folder);
  }

  #fail(folder: string, error: unknown): void {
    this.#failed(`${folder} cannot be watched (${codeOf(error)}): changes there are not seen.`);
  }
}
