/** The inspector's page, as a program asks for it: few do, so what serves it is loaded then. */
import type { InspectorServer, InspectorServerOptions } from "./server.js";

/**
 * Serves a page that shows the statecharts live, on loopback; it only watches, unless it is given `control`. Resolves when it listens. Rejects with IO_ERROR when
 * it cannot, because the port is in use for example, and with INVALID_CONFIG without a feed, and
 * without mooring-dev, which has the page.
 *
 * @example
 * ```ts
 * import { createRuntime, startInspectorServer } from "mooring";
 *
 * const runtime = createRuntime({ inspect: true });
 * const { url } = await startInspectorServer({ feed: runtime.inspection, status: () => runtime.status() });
 * console.log(url);
 * ```
 */
export async function startInspectorServer(options: InspectorServerOptions): Promise<InspectorServer> {
  const { serveInspector } = await import("./server.js");
  return serveInspector(options);
}
