/**
 * `mooring mcp`: answers coding agents over stdio, by the Model Context Protocol. Comes with mooring-dev, because of the
 * library that it takes; whom to ask, the command hands over.
 */
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { answering } from "./answer.js";
import type { Doors } from "./doors.js";
import { RecordingSource } from "./recording-source.js";
import { RuntimeSource } from "./runtime-source.js";
import { doctor, doctorInput, doctorOutput } from "./tools/doctor.js";
import { explain, explainInput, explainOutput } from "./tools/explain.js";
import { faultInput, faultOutput, injectFault } from "./tools/inject-fault.js";
import { journal, journalInput, journalOutput } from "./tools/journal.js";
import { recordingSummary, summaryInput, summaryOutput } from "./tools/recording-summary.js";
import { replayInput, replayOutput, replayUntil } from "./tools/replay-until.js";
import { status, statusInput, statusOutput } from "./tools/status.js";
import { tryInput, tryOutput, tryTool } from "./tools/try-tool.js";
import { instructions, words } from "./words.js";

export type { Doors, GatewayDoor, RuntimeDoor } from "./doors.js";

const looking = { readOnlyHint: true, idempotentHint: true, openWorldHint: false } as const;
/** It dials the gateway and the token server. */
const asking = { readOnlyHint: true, idempotentHint: true, openWorldHint: true } as const;
const changing = { readOnlyHint: false, destructiveHint: true, openWorldHint: true } as const;

function addLookingTools(server: McpServer, doors: Doors): void {
  const source = doors.runtime ? new RuntimeSource(doors.runtime) : new RecordingSource(doors);
  server.registerTool(
    "status",
    { ...words.status, annotations: looking, inputSchema: statusInput, outputSchema: statusOutput },
    (input) => answering(() => status(source, input)),
  );
  server.registerTool(
    "explain",
    { ...words.explain, annotations: looking, inputSchema: explainInput, outputSchema: explainOutput },
    (input) => answering(() => explain(source, input)),
  );
  server.registerTool(
    "journal",
    { ...words.journal, annotations: looking, inputSchema: journalInput, outputSchema: journalOutput },
    (input) => answering(() => journal(source, input)),
  );
}

function addRecordingTools(server: McpServer, doors: Doors): void {
  server.registerTool(
    "recording_summary",
    {
      ...words.recording_summary,
      annotations: looking,
      inputSchema: summaryInput,
      outputSchema: summaryOutput,
    },
    (input) => answering(() => recordingSummary(doors, input)),
  );
  server.registerTool(
    "replay_until",
    { ...words.replay_until, annotations: looking, inputSchema: replayInput, outputSchema: replayOutput },
    (input) => answering(() => replayUntil(doors, input)),
  );
  server.registerTool(
    "doctor",
    { ...words.doctor, annotations: asking, inputSchema: doctorInput, outputSchema: doctorOutput },
    (input) => answering(() => doctor(doors, input)),
  );
}

function addGatewayTools(server: McpServer, { gateway }: Doors): void {
  if (!gateway) return;
  server.registerTool(
    "try_tool",
    { ...words.try_tool, annotations: changing, inputSchema: tryInput, outputSchema: tryOutput },
    (input) => answering(() => tryTool(gateway, input)),
  );
  const annotations = { ...changing, idempotentHint: true, openWorldHint: false };
  server.registerTool(
    "inject_fault",
    { ...words.inject_fault, annotations, inputSchema: faultInput, outputSchema: faultOutput },
    (input) => answering(() => injectFault(gateway, input)),
  );
}

function serverWith(doors: Doors): McpServer {
  const info = { name: "mooring", title: "Mooring", version: doors.version };
  const server = new McpServer(info, { instructions, maxToolInputElements: 10_000 });
  addLookingTools(server, doors);
  addRecordingTools(server, doors);
  addGatewayTools(server, doors);
  return server;
}

/** Serves on stdin and stdout until the client has gone. */
export async function serve(doors: Doors): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
  });
  const handle = serveStdio(() => serverWith(doors));
  await ended;
  await handle.close();
}
