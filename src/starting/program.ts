/** Leads the process for `runConnector`: the parts of `mooring run`, with connectors at hand instead of a file. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type HostOptions, hostRuntime } from "../cli/host.js";
import { instanceIdOf } from "../cli/instance-id.js";
import { plainLogger } from "../cli/plain-log.js";
import { RunStory } from "../cli/run-story.js";
import { Signals } from "../cli/signals.js";
import type { Connector } from "../connectors/connector.js";
import { createRuntime } from "../create-runtime.js";
import { type RunConnectorOptions, runConnectorCall } from "./option-table.js";

function hostOptions({
  drainDeadlineMs,
  startTimeoutMs,
  control,
  health,
  healthHost,
}: RunConnectorOptions): HostOptions {
  const { table } = runConnectorCall;
  return {
    startTimeout: startTimeoutMs ?? table.startTimeoutMs.default,
    drainDeadline: drainDeadlineMs ?? table.drainDeadlineMs.default,
    ...(control === undefined ? {} : { control }),
    ...(health === undefined ? {} : { health }),
    ...(healthHost === undefined ? {} : { healthHost }),
  };
}

export async function runProgram(
  connectors: readonly Connector[],
  options: RunConnectorOptions,
): Promise<number> {
  const { url, tenantId, instanceId, control, json = false } = options;
  const story = new RunStory(process.stdout, { json, ...(control === undefined ? {} : { control }) });
  const runtime = createRuntime({
    logger: plainLogger(process.stderr, json),
    ...options.runtime,
    ...(url === undefined ? {} : { url }),
  });
  for (const connector of connectors)
    runtime.add({
      connector,
      instanceId: instanceIdOf(connector, instanceId),
      ...(tenantId === undefined ? {} : { tenantId }),
    });
  const signals = new Signals((line) => story.say(line));
  const module = pathToFileURL(resolve(process.argv[1] ?? "")).href;
  try {
    const code = await hostRuntime(runtime, hostOptions(options), {
      signals,
      story,
      module,
      commandListeners: 0,
    });
    // The program's own work goes on: when nothing is left of it, the process ends by itself.
    process.exitCode = code;
    return code;
  } finally {
    signals.close();
  }
}
