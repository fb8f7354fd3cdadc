/** `mooring mcp`: hands to the server of mooring-dev whom it may ask. */

import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { askControl, askRecording } from "../control/client.js";
import { runChecks } from "../doctor/index.js";
import type { Doors, GatewayDoor, serve } from "../mcp/index.js";
import { isLoopbackHost } from "../network/loopback.js";
import { loadRecording } from "../recording/load.js";
import { readRecording } from "../recording/read.js";
import { replayRecording } from "../recording/replay.js";
import { gatewayHttpUrl } from "../sign-in/index.js";
import { loadCommand } from "../tools.js";
import { packageVersion } from "../version.js";
import { exitCodes } from "./exit-codes.js";
import { withGateway } from "./gateway-api.js";
import { type Target, whomToAsk } from "./target.js";
import { wrongForm } from "./wrong-form.js";

interface McpOptions extends Target {
  readonly recording?: string;
  readonly gateway?: string;
  readonly allowControl?: boolean;
}

function refuseContradictions({ recording, pid, control, gateway, allowControl }: McpOptions): void {
  if (recording !== undefined && (pid !== undefined || control !== undefined))
    throw wrongForm("--recording goes without --pid and --control: give a file, or a process.");
  if ((gateway === undefined) === (allowControl === undefined)) return;
  throw wrongForm(
    gateway === undefined
      ? "--allow-control needs --gateway URL, the gateway that agents may try tools and faults at."
      : "--gateway needs --allow-control: what agents may do there changes something.",
  );
}

/** What agents do there changes something, so it is a gateway of this machine: one to try things at. */
function refuseOtherHosts(gateway: string | undefined): void {
  if (gateway === undefined) return;
  const { hostname, host } = new URL(gatewayHttpUrl(gateway, process.env));
  if (isLoopbackHost(hostname)) return;
  throw wrongForm(
    `--gateway must be an embedded gateway on this machine, such as http://127.0.0.1:50070, and not ${host}.`,
  );
}

/** Longer than any call that a tool makes. */
const longestCallMs = 330_000;

function gatewayDoor(url: string): GatewayDoor {
  return {
    url,
    call: (method, path, body) =>
      withGateway({ gateway: url }, (call) => call(method, path, body), longestCallMs),
  };
}

/** Read once: a file stays as it is. */
function fromFile(file: string): Doors["recording"] {
  let loaded: ReturnType<typeof loadRecording> | undefined;
  return () => {
    loaded ??= loadRecording(file);
    return loaded;
  };
}

export async function mcp(options: McpOptions): Promise<void> {
  refuseContradictions(options);
  const { recording, gateway } = options;
  refuseOtherHosts(gateway);
  const whom = () => whomToAsk(options);
  // What cannot be read is said now, and not to an agent only.
  const file = recording === undefined ? undefined : fromFile(recording);
  await file?.();
  const { serve: serveAgents } = (await loadCommand("mcp")) as { readonly serve: typeof serve };
  await serveAgents({
    version: packageVersion,
    runtime: file ? undefined : { ask: async (path) => askControl(await whom(), path) },
    recording:
      file ?? (async () => readRecording(await text(Readable.from(await askRecording(await whom()))))),
    replay: replayRecording,
    doctor: (url) => runChecks({ env: process.env, ...(url === undefined ? {} : { url }) }),
    gateway: gateway === undefined ? undefined : gatewayDoor(gateway),
  });
  // What a tool could not do was told to the agent.
  process.exitCode = exitCodes.done;
}
