/** Chooses who hosts the registrations of a runtime: this thread, or worker threads. */
import { loopOfThread } from "./execution/loop-watch.js";
import { RuntimeRecording } from "./recording/runtime-recording.js";
import { idleTls } from "./runtime/gateway-settings.js";
import { LocalRunner } from "./runtime/local-runner.js";
import { type RuntimeOptions, resolveSettings } from "./runtime/options.js";
import { MooringRuntime, type Runtime } from "./runtime/runtime.js";
import { WorkerRunner } from "./workers/worker-runner.js";

/**
 * Creates a runtime; opens nothing. Throws INVALID_CONFIG that names the option and the fix.
 *
 * @example
 * ```ts
 * import { createRuntime, requestResponseConnector } from "mooring";
 *
 * const time = requestResponseConnector({ type: "time", version: "1.0.0", execute: () => Date.now() });
 * const runtime = createRuntime({ url: "grpc://localhost:50061" });
 * runtime.add({ instanceId: "time-1", connector: time });
 * const report = await runtime.start();
 * for (const { explanation } of report.failing) console.log(explanation);
 * ```
 */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const settings = resolveSettings(options);
  const warning = idleTls(options.tls, settings.endpoint);
  if (warning) settings.logger.warn({ url: settings.endpoint.authority }, warning);
  if (settings.workers) return new MooringRuntime(new WorkerRunner(settings, settings.workers, options));
  const { recording, logger } = settings;
  const recorded = recording.maxBytes > 0 ? new RuntimeRecording(recording, logger) : undefined;
  return new MooringRuntime(new LocalRunner(settings, options.inspect ?? false, loopOfThread(), recorded));
}
