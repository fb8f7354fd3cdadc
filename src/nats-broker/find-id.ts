/** Where the event with an id is in the stream. The server does not find it, so headers are read, the newest first. */
import { randomUUID } from "node:crypto";
import type { Opened } from "./link.js";
import { Pull, type Pulled } from "./pull.js";
import { nanos } from "./stream.js";
import { eventHeader, idHeader, serverId } from "./wire.js";

/** Ids that are looked for are seldom old: so many are looked at first, and ten times as many then. */
const newest = 1_000;

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
  if (num_pending === 0) return undefined;
  return new Promise<number | undefined>((resolve, reject) => {
    let found: number | undefined;
    const end = () => {
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
          pull.close();
          // As any other request that is not answered.
          reject(error ?? Object.assign(new Error("lost"), { name: "TimeoutError" }));
        },
      },
    );
    pull.ask(batch, false);
  });
}

export async function findId(opened: Opened, stream: string, id: string): Promise<number | undefined> {
  const { state } = await opened.jsm.streams.info(stream);
  const { first_seq: first, last_seq } = state;
  for (let [last, size] = [last_seq, newest]; last >= first && state.messages > 0; size *= 10) {
    const from = Math.max(first, last - size + 1);
    const found = await seqBetween(opened, stream, id, [from, last]);
    if (found !== undefined) return found;
    last = from - 1;
  }
  return undefined;
}
