/**
 * A lock between processes: a file whose presence says that somebody is at work. A lock whose process has ended,
 * or that its holder has not touched for long, is taken away. It keeps two processes from doing the same twice;
 * that files stay whole does not depend on it.
 */
import { randomUUID } from "node:crypto";
import { link, rename, stat, unlink, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../errors.js";
import { holderHere, holderIn, stateOf } from "../files/lock-holder.js";
import { readTextFile } from "../files/read-file.js";
import type { Logger } from "../logger.js";
import { createPrivateFile, type ModeWatch } from "./private-files.js";
import type { StoreLock } from "./store.js";

export interface FileLockOptions {
  readonly modes: ModeWatch;
  readonly logger: Logger;
  /** A lock that stays untouched for this long is stale, in ms. Default 15,000. */
  readonly staleMs?: number;
  /** How often a holder touches its lock, in ms. Default 2,000. */
  readonly touchMs?: number;
  /** How often one that waits looks, in ms. Default 100. */
  readonly pollMs?: number;
  /** Ms that never go back. Default `performance.now`. */
  readonly now?: () => number;
}

/** True only when it is certain. */
function hasEnded(text: string): boolean {
  const holder = holderIn(text);
  return holder !== undefined && stateOf(holder) === "ended";
}

interface Sighting {
  readonly text: string;
  readonly touchedAt: number;
}

async function look(path: string): Promise<Sighting | undefined> {
  try {
    return { text: await readTextFile(path), touchedAt: (await stat(path)).mtimeMs };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Removes the lock that was seen. One that took its place in this very moment is put back. */
async function takeAway(path: string, seen: Sighting): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if ((await readTextFile(aside)) !== seen.text) await link(aside, path).catch(() => {});
  await unlink(aside);
}

function hold(path: string, text: string, touchMs: number): StoreLock {
  const touch = setInterval(() => {
    const at = new Date();
    utimes(path, at, at).catch(() => {});
  }, touchMs);
  touch.unref();
  return {
    async release() {
      clearInterval(touch);
      try {
        if ((await readTextFile(path)) === text) await unlink(path);
      } catch {
        // Whoever comes next finds out that this process is gone or no longer touches it.
      }
    },
  };
}

/** Waits for the lock. Rejects when the signal is aborted, or when the file cannot be written. */
export async function lockFile(
  path: string,
  signal: AbortSignal,
  options: FileLockOptions,
): Promise<StoreLock> {
  const {
    modes,
    logger,
    staleMs = 15_000,
    touchMs = 2_000,
    pollMs = 100,
    now = () => performance.now(),
  } = options;
  const text = `${JSON.stringify({ ...holderHere(), id: randomUUID() })}\n`;
  let last: (Sighting & { readonly since: number }) | undefined;
  while (!(await createPrivateFile(path, text, modes))) {
    signal.throwIfAborted();
    const seen = await look(path);
    if (!seen) {
      // Given back in this moment; a file system that says so for ever must not cost a processor.
      await sleep(1, undefined, { signal });
      continue;
    }
    if (!last) logger.info({ path }, "Another process is at work on this identity: waiting for its turn.");
    if (last?.text !== seen.text || last.touchedAt !== seen.touchedAt) last = { ...seen, since: now() };
    if (hasEnded(seen.text) || now() - last.since > staleMs) {
      logger.warn({ path }, "A lock was left behind by a process that is gone; it is taken away.");
      await takeAway(path, seen);
    } else {
      await sleep(pollMs, undefined, { signal });
    }
  }
  return hold(path, text, touchMs);
}
