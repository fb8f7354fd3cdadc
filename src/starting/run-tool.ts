/** `runTool`: a program of tools in one call. */
import type { Tool } from "../connectors/tools/tool.js";
import { checkTools, toolConnector } from "../connectors/tools/tool-connector.js";
import { invalidConfig } from "../errors.js";
import { type RunToolOptions, runToolCall } from "./option-table.js";
import { checkRun, lead, runOptionsOf } from "./run-connector.js";

function typeOf(tools: readonly Tool[], { type }: RunToolOptions): string {
  if (type !== undefined) return type;
  const [only, another] = tools;
  if (only && !another) return only.name;
  throw invalidConfig(
    'type is required with several tools: give the connector type, e.g. type: "calculator".',
  );
}

/**
 * Serves one tool, or several, as the whole of a program; what holds for `runConnector` holds here. Rejects with
 * INVALID_CONFIG for bad options or tools.
 *
 * @example
 * ```ts
 * import { defineTool, jsonSchema, runTool } from "mooring";
 *
 * const add = defineTool({
 *   name: "add",
 *   description: "Add two numbers",
 *   input: jsonSchema<{ a: number; b: number }>({
 *     type: "object",
 *     properties: { a: { type: "number" }, b: { type: "number" } },
 *     required: ["a", "b"],
 *   }),
 *   run: ({ a, b }) => ({ result: a + b }),
 * });
 * await runTool(add, { type: "calculator", tenantId: "acme" });
 * ```
 */
export async function runTool(tools: Tool | readonly Tool[], options: RunToolOptions = {}): Promise<number> {
  checkRun(options, runToolCall);
  const all: readonly Tool[] = Array.isArray(tools) ? tools : [tools];
  if (all.length === 0) throw invalidConfig("tools is empty: give at least one.");
  checkTools(all, Array.isArray(tools) ? (at) => `tools[${at}]` : () => "tools");
  const { version } = options;
  const connector = toolConnector(typeOf(all, options), all, version === undefined ? {} : { version });
  return lead("runTool()", connector, runOptionsOf(options));
}
