/** The stream of what happens. One try after the other, for as long as the page is open. */
import type { FeedMessage } from "../../src/inspect/feed-messages.js";
import { Adapter, type Listener } from "./adapter.js";

export interface LinkListener extends Listener {
  /** A batch has been told. */
  batch(): void;
  isLive(live: boolean): void;
  /** The runtime that this page is of has gone: another answers, and wants a token of its own. */
  refused(): void;
}

const forbidden = 403;

export function listen(listener: LinkListener): void {
  const source = new EventSource("events");
  const adapter = new Adapter(listener);
  source.onopen = () => listener.isLive(true);
  source.onerror = () => {
    listener.isLive(false);
    // A browser gives up only where it got another answer than a stream.
    if (source.readyState === EventSource.CLOSED) listener.refused();
  };
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const messages: readonly FeedMessage[] = JSON.parse(data);
    for (const message of messages) adapter.take(message);
    listener.batch();
  };
}

/** Of whom every step is wanted; false: the token counts no more. When nobody answers, the stream tells, and all begins anew. */
export async function sayLook(
  viewer: number,
  keys: readonly string[],
  actors: readonly string[],
): Promise<boolean> {
  const said = new URLSearchParams({ viewer: String(viewer) });
  for (const key of keys) said.append("key", key);
  for (const actor of actors) said.append("actor", actor);
  const answer = await fetch(`look?${said}`, { method: "POST" }).catch(() => undefined);
  return answer?.status !== forbidden;
}
