/** Writes recordings to files: for their owner only, complete or absent, and no more than a few. */
import { rename, stat, unlink } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { codeOf } from "../errors.js";
import { makeFolder } from "../files/make-folder.js";
import { writeBeside } from "../files/whole-file.js";

/** Earlier recordings that stay beside the newest, as FILE.1, FILE.2, … */
const earlierKept = 3;

/** Recordings of one trouble replace each other: what is written sooner after the last takes its place. In ms. */
const sameTrouble = 60_000;

/** Whatever else is there, a folder or a device, is somebody's, and is not put elsewhere. */
async function refuseOther(path: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (!there || there.isFile()) return;
  const code = there.isDirectory() ? "EISDIR" : "NOT_A_FILE";
  throw Object.assign(new Error(`${path} is no regular file.`), { code, path });
}

/** Writes all of it beside `path`, then `place` puts it there. Rejects with Node's error and leaves nothing behind. */
async function writeWhole(
  path: string,
  pieces: AsyncIterable<string>,
  place: (temporary: string) => Promise<void>,
): Promise<void> {
  await refuseOther(path);
  await makeFolder(dirname(path));
  const temporary = await writeBeside(path, pieces);
  try {
    await place(temporary);
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Writes one recording, in place of a file that may be there. Rejects with Node's error. */
export async function writeRecording(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const whole = resolve(path);
  await writeWhole(whole, pieces, (temporary) => rename(temporary, whole));
}

/** Moves FILE to FILE.1, that to FILE.2, and so on; the oldest is overwritten. */
async function makeRoom(path: string): Promise<void> {
  for (let number = earlierKept; number > 0; number -= 1) {
    const from = number === 1 ? path : `${path}.${number - 1}`;
    await rename(from, `${path}.${number}`).catch((error: unknown) => {
      if (codeOf(error) !== "ENOENT") throw error;
    });
  }
}

/** The file of one runtime, written again and again, one recording after the other. */
export class RecordingFile {
  readonly path: string;
  readonly #now: () => number;
  #writtenAt = Number.NEGATIVE_INFINITY;

  constructor(path: string, now: () => number = () => performance.now()) {
    this.path = resolve(path);
    this.#now = now;
  }

  /** Rejects with Node's error. */
  async write(pieces: AsyncIterable<string>): Promise<void> {
    await writeWhole(this.path, pieces, async (temporary) => {
      if (this.#now() - this.#writtenAt >= sameTrouble) await makeRoom(this.path);
      await rename(temporary, this.path);
    });
    this.#writtenAt = this.#now();
  }
}
