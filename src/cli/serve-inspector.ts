/** `--inspect`: the loopback page that shows a runtime's statecharts. */
import { type InspectorServer, MooringError, type Runtime, startInspectorServer } from "../index.js";

/** Serves the inspector of a runtime that was created with `inspect: true`. */
export function serveInspector(runtime: Runtime, port: number): Promise<InspectorServer> {
  const { inspection } = runtime;
  if (!inspection) throw new MooringError("INTERNAL", "The runtime was created without inspection.");
  return startInspectorServer({ feed: inspection, status: () => runtime.status(), port });
}
