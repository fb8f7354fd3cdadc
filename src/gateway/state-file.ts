/**
 * The file that a gateway keeps its state in: private to its owner, replaced as a whole and durably, so that it is
 * complete after `kill -9` too. Knows only the file's envelope.
 */
import { chmod, readdir, rename, unlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { codeOf, invalidConfig, MooringError } from "../errors.js";
import { makeFolder } from "../files/make-folder.js";
import { oddFileWords, readTextFile } from "../files/read-file.js";
import { syncFolder, writeBeside } from "../files/whole-file.js";
import { isObject } from "../is-object.js";

const fileName = "gateway-state.json";
const kind = "mooring-gateway-state";
const version = 1;
/** Beyond what a gateway keeps; what is larger was not written by one. */
const maxBytes = 512 * 1024 * 1024;

/** For what is in the place of a file of the state, and is none. */
export const oddFile = (what: string, odd: string, cause: unknown): MooringError => {
  const text = `The gateway's ${what} cannot be read: ${odd.replace(/\.$/, "")}; move it away, or give another folder with state (--state).`;
  return new MooringError("IO_ERROR", text, { cause });
};

type Members = Readonly<Record<string, unknown>>;

export class StateFile {
  readonly path: string;
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = resolve(folder);
    this.path = join(this.#folder, fileName);
  }

  /** What was written last; undefined when nothing was. Throws INVALID_CONFIG for a file that cannot be its own. */
  async read(): Promise<Members | undefined> {
    let text: string;
    try {
      text = await readTextFile(this.path, maxBytes);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return undefined;
      const odd = oddFileWords(error);
      if (odd !== undefined) throw oddFile("state", odd, error);
      throw this.#ioError("read", error);
    }
    return this.#parse(text);
  }

  /** Says that a member cannot be used, without quoting it. */
  damaged(what: string): MooringError {
    return invalidConfig(
      `The gateway's state cannot be used: ${this.path} ${what}. Give another folder with state (--state), or move the file away: the gateway then starts anew, and connectors need a new approval.`,
    );
  }

  /** Durable when it resolves. */
  async write(members: string): Promise<void> {
    let temporary: string | undefined;
    try {
      await this.#makeFolder();
      temporary = await writeBeside(this.path, [
        `{"kind":"${kind}","version":${version},"state":${members}}\n`,
      ]);
      await chmod(temporary, 0o600); // whatever the umask
      await rename(temporary, this.path);
      await syncFolder(this.#folder);
    } catch (error) {
      if (temporary !== undefined) await unlink(temporary).catch(() => {});
      throw this.#ioError("written", error);
    }
  }

  /** Removes what writes left behind that were cut off. */
  async tidy(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []);
    const left = names.filter((name) => name.startsWith(`.${fileName}.`) && name.endsWith(".tmp"));
    for (const name of left) await unlink(join(this.#folder, name)).catch(() => {});
  }

  #parse(text: string): Members {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw this.damaged("is damaged: it is no JSON");
    }
    const members = isObject(value) ? value : {};
    if (members.kind !== kind) throw this.damaged("was not written by Mooring's gateway");
    if (members.version !== version) throw this.damaged("was written by another version of Mooring");
    if (!isObject(members.state)) throw this.damaged('is damaged: "state" is missing');
    return members.state;
  }

  async #makeFolder(): Promise<void> {
    const made = await makeFolder(this.#folder);
    if (made !== undefined) await chmod(this.#folder, 0o700);
  }

  #ioError(what: string, cause: unknown): MooringError {
    const text = `The gateway's state ${this.path} cannot be ${what} (${codeOf(cause)}): state (--state) names a folder that its user may write.`;
    return new MooringError("IO_ERROR", text, { cause });
  }
}
