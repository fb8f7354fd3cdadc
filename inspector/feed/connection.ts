/** The stream of what happens. One try after the other, for as long as the page is open. */
import type { FeedMessage } from "../../src/inspect/feed-messages.js";
import { Adapter, type Listener } from "./adapter.js";

export interface LinkListener extends Listener {
  /** A batch has been told. */
  batch(): void;
  isLive(live: boolean): void;
}

export function listen(listener: LinkListener): void {
  const source = new EventSource("events");
  const adapter = new Adapter(listener);
  source.onopen = () => listener.isLive(true);
  source.onerror = () => listener.isLive(false);
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const messages: readonly FeedMessage[] = JSON.parse(data);
    for (const message of messages) adapter.take(message);
    listener.batch();
  };
}

/** Of whom every step is wanted. When nobody answers, the stream tells of that, and all begins anew. */
export async function sayLook(
  viewer: number,
  keys: readonly string[],
  actors: readonly string[],
): Promise<void> {
  const said = new URLSearchParams({ viewer: String(viewer) });
  for (const key of keys) said.append("key", key);
  for (const actor of actors) said.append("actor", actor);
  await fetch(`look?${said}`, { method: "POST" }).catch(() => {});
}
