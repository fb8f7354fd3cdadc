/** `--inspect`: the loopback page that shows a runtime's statecharts. */
import { type InspectorServer, type Runtime, startInspectorServer } from "../index.js";

/** Serves the inspector of a runtime that was created with `inspect: true`. */
export function serveInspector(runtime: Runtime, port: number): Promise<InspectorServer> {
  return startInspectorServer({
    feed: runtime.inspection,
    status: () => runtime.status(),
    recording: () => runtime.recording(),
    port,
  });
}
