/** Where the event with an id is in the stream. The server does not find it, so headers are read, the newest first. */
import { randomUUID } from "node:crypto";
import { MooringError } from "../errors.js";
import { connectionLost } from "./failures.js";
import type { Opened } from "./link.js";
import { Pull, type Pulled } from "./pull.js";
import { nanos } from "./stream.js";
import { eventHeader, idHeader, serverId } from "./wire.js";

/** Ids that are looked for are seldom old: so many are looked at first, and no more than `mostLookedAt` then. */
const newest = 1_000;

/** A caller may ask for any id: an older one is as one that is unknown. */
export const mostLookedAt = 10_000;

const batch = 500;

/** For a consumer that nobody ends. */
const inactiveMs = 60_000;

const isIt = (id: string, stream: string, { headers, seq }: Pulled): boolean =>
  headers?.get(idHeader) === serverId(id) || (!headers?.get(eventHeader) && id === `${stream}:${seq}`);

/** Reads headers from `first` to `last`. */
async function seqBetween(
  opened: Opened,
  stream: string,
  id: string,
  [first, last]: readonly [number, number],
  signal: AbortSignal,
): Promise<number | undefined> {
  const name = `f_${randomUUID()}`;
  const { num_pending } = await opened.jsm.consumers.add(stream, {
    name,
    ack_policy: "none",
    deliver_policy: "by_start_sequence",
    opt_start_seq: first,
    headers_only: true,
    inactive_threshold: nanos(inactiveMs),
    mem_storage: true,
    num_replicas: 1,
  });
  if (num_pending === 0 || signal.aborted) return undefined;
  return new Promise<number | undefined>((resolve, reject) => {
    let found: number | undefined;
    const end = () => {
      signal.removeEventListener("abort", end);
      pull.close();
      void opened.jsm.consumers.delete(stream, name).catch(() => {});
      resolve(found);
    };
    const pull = new Pull(
      opened,
      { stream, consumer: name },
      {
        pulled: (message) => {
          if (message.seq > last) return end();
          if (isIt(id, stream, message)) found = message.seq;
          if (found !== undefined || message.seq === last) return end();
          if (!pull.isPolling) pull.ask(batch, false);
        },
        answered: end,
        failed: (error) => {
          signal.removeEventListener("abort", end);
          pull.close();
          reject(error ?? connectionLost());
        },
      },
    );
    signal.addEventListener("abort", end, { once: true });
    pull.ask(batch, false);
  });
}

async function seqOf({ opened, stream, id }: Wanted, signal: AbortSignal): Promise<number | undefined> {
  if (signal.aborted) return undefined;
  const { state } = await opened.jsm.streams.info(stream);
  if (state.messages === 0) return undefined;
  const first = Math.max(state.first_seq, state.last_seq - mostLookedAt + 1);
  let last = state.last_seq;
  for (let size = newest; last >= first && !signal.aborted; size = mostLookedAt) {
    const from = Math.max(first, last - size + 1);
    const found = await seqBetween(opened, stream, id, [from, last], signal);
    if (found !== undefined) return found;
    last = from - 1;
  }
  return undefined;
}

interface Wanted {
  readonly opened: Opened;
  readonly stream: string;
  readonly id: string;
}

const tookTooLong = (): MooringError =>
  new MooringError(
    "TIMEOUT",
    "fromId was not found in timeoutMs: make timeoutMs longer, or begin with fromTimestamp.",
  );

/** Looks for one id at a time: each reads much. */
export class IdFinder {
  #before: Promise<unknown> = Promise.resolve();

  /** Undefined when it is not among the newest events; rejects with TIMEOUT when `signal` is aborted before that is known. */
  find(wanted: Wanted, signal: AbortSignal): Promise<number | undefined> {
    const found = this.#before.then(() => seqOf(wanted, signal));
    this.#before = found.catch(() => {});
    const late = new Promise<never>((_, reject) => {
      const end = () => reject(tookTooLong());
      if (signal.aborted) end();
      signal.addEventListener("abort", end, { once: true });
    });
    return Promise.race([late, found]);
  }
}
