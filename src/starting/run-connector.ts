/** `runConnector`: a program in one call. What leads the process is loaded when it is called. */
import type { Connector } from "../connectors/connector.js";
import { invalidConfig } from "../errors.js";
import { type Call, checkOptions } from "../options/check.js";
import { having, named } from "../options/kinds.js";
import { checkRange } from "../options/ranges.js";
import { type RunConnectorOptions, runConnectorCall } from "./option-table.js";

/** Signals and the exit code are the process's: there is one that they belong to. */
let leader: string | undefined;

/** The options that all calls of this kind take. Throws INVALID_CONFIG that names the option. */
export function checkRun(options: RunConnectorOptions, call: Call): void {
  checkOptions(options, call);
  const { drainDeadlineMs, startTimeoutMs, health } = runConnectorCall.table;
  checkRange("drainDeadlineMs", options.drainDeadlineMs, drainDeadlineMs);
  checkRange("startTimeoutMs", options.startTimeoutMs, startTimeoutMs);
  checkRange("health", options.health, health);
  if (options.healthHost !== undefined && options.health === undefined)
    throw invalidConfig("healthHost says where health listens: give health, a port, too.");
}

/** The options of `from` that are `runConnector`'s. */
export const runOptionsOf = (from: RunConnectorOptions): RunConnectorOptions =>
  Object.fromEntries(Object.entries(from).filter(([name]) => Object.hasOwn(runConnectorCall.table, name)));

/**
 * Serves connectors as the whole of a program, as `mooring run` does: one line per change of state on stdout, the log on
 * stderr, a control socket for `mooring status`. The first SIGINT or SIGTERM drains, the second closes, the third ends
 * the process at once. Resolves when all has ended, with the exit code, which the process has then: 130 or 143 after a
 * signal, 1 after an exception that nobody caught, where the program has no `uncaughtException` listener of its own. It
 * listens no more then, and what the program has running goes on: the process ends when nothing is left. Rejects with INVALID_CONFIG for bad options, and where the process
 * is led already.
 *
 * @example
 * ```ts
 * import { requestResponseConnector, runConnector } from "mooring";
 *
 * const echo = requestResponseConnector({ type: "echo", version: "1.0.0", execute: (request) => request.json() });
 * await runConnector(echo, { url: "grpc://localhost:50061", tenantId: "acme", instanceId: "echo-1" });
 * ```
 */
export async function runConnector(
  connectors: Connector | readonly Connector[],
  options: RunConnectorOptions = {},
): Promise<number> {
  checkRun(options, runConnectorCall);
  return lead("runConnector()", connectors, options);
}

function checkConnectors(all: readonly unknown[], isList: boolean): void {
  if (all.length === 0) throw invalidConfig("connectors is empty: give at least one.");
  const isOne = having("execute").is;
  const at = all.findIndex((one) => !isOne(one));
  if (at < 0) return;
  throw invalidConfig(
    `${isList ? `connectors[${at}]` : "connectors"} must be a connector, such as requestResponseConnector() makes; got ${named(all[at])}.`,
  );
}

/** For a call whose options are checked. */
export async function lead(
  name: string,
  connectors: Connector | readonly Connector[],
  options: RunConnectorOptions,
): Promise<number> {
  const all: readonly Connector[] = Array.isArray(connectors) ? connectors : [connectors];
  checkConnectors(all, Array.isArray(connectors));
  if (leader !== undefined)
    throw invalidConfig(
      `${leader} leads this process already, with its signals and its exit code: give all connectors to one runConnector([…]).`,
    );
  leader = name;
  try {
    const { runProgram } = await import("./program.js");
    return await runProgram(all, options);
  } finally {
    leader = undefined;
  }
}
