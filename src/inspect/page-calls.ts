/** What the page asks for besides charts and status. The code comes with mooring-dev, as the page does. */
import type { RequestSource } from "../execution/request-tap.js";
import { loadCommand } from "../tools.js";
import type { ControlledRuntime } from "./controlled.js";
import type { PageCall, pageCalls } from "./dev/index.js";

const sources = new WeakMap<object, RequestSource>();

/** Whoever has the feed may look at these requests. Nobody is asked before somebody does. */
export function offerRequests(feed: object, source: RequestSource): void {
  sources.set(feed, source);
}

/** Rejects with INVALID_CONFIG without mooring-dev. */
export async function loadPageCalls(
  feed: object,
  control: ControlledRuntime | undefined,
  headers: Readonly<Record<string, string>>,
): Promise<PageCall> {
  const loaded = (await loadCommand("inspector")) as { readonly pageCalls: typeof pageCalls };
  return loaded.pageCalls({ control, requests: sources.get(feed), headers });
}
