/** `--inspect`: the loopback page that shows a runtime's statecharts. */
import { type InspectorServer, type Runtime, startInspectorServer } from "../index.js";

/** Serves the inspector of a runtime that was created with `inspect: true`; with `mayControl` its page may do more than watch. */
export function serveInspector(runtime: Runtime, port: number, mayControl = false): Promise<InspectorServer> {
  return startInspectorServer({
    feed: runtime.inspection,
    status: () => runtime.status(),
    recording: () => runtime.recording(),
    port,
    ...(mayControl ? { control: runtime } : {}),
  });
}
