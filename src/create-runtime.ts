/** Chooses who hosts the registrations of a runtime: this thread, or worker threads. */
import { loopOfThread } from "./execution/loop-watch.js";
import { RuntimeRecording } from "./recording/runtime-recording.js";
import { idleTls } from "./runtime/gateway-settings.js";
import { LocalRunner } from "./runtime/local-runner.js";
import { type RuntimeOptions, resolveSettings } from "./runtime/options.js";
import { MooringRuntime, type Runtime } from "./runtime/runtime.js";
import { WorkerHost } from "./workers/host.js";

/** Creates a runtime; opens nothing. Throws INVALID_CONFIG that names the option and the fix. */
export function createRuntime(options: RuntimeOptions = {}): Runtime {
  const settings = resolveSettings(options);
  const warning = idleTls(options.tls, settings.endpoint);
  if (warning) settings.logger.warn({ url: settings.endpoint.authority }, warning);
  if (settings.workers) return new MooringRuntime(new WorkerHost(settings, settings.workers, options));
  const { recording, logger } = settings;
  const recorded = recording.maxBytes > 0 ? new RuntimeRecording(recording, logger) : undefined;
  return new MooringRuntime(new LocalRunner(settings, options.inspect ?? false, loopOfThread(), recorded));
}
