/** Control and requests, which the page asks for by calls of their own. Their code is in mooring-dev, as the page is. */
import type { RequestSource } from "../execution/request-tap.js";
import { loadCommand } from "../tools.js";
import type { ControlledRuntime } from "./controlled.js";
import type { PageCall, pageCalls } from "./dev/index.js";

const sources = new WeakMap<object, RequestSource>();

/** Lets a viewer of this feed look at the requests of `source`, which is not called before a viewer wants them. */
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
