/** The connector that serves tools in their wire forms (docs/protocol.md, "Tools"). */
import { invalidConfig, MooringError, textOf } from "../../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../../is-object.js";
import { checkOptions } from "../../options/check.js";
import { having, named } from "../../options/kinds.js";
import { bounded, checkRange } from "../../options/ranges.js";
import { cutName, namesInWords } from "../capability.js";
import type { Connector, ConnectorRequest, RequestContext, TaskType } from "../connector.js";
import { fixed } from "../description.js";
import { toolConnectorCall } from "../option-table.js";
import type { ValidationLimits } from "../schemas/validation.js";
import { isThenable } from "../thenable.js";
import type { Tool } from "./tool.js";
import { ToolCallContext } from "./tool-context.js";
import { ToolError } from "./tool-error.js";

/** Options of {@link toolConnector}. */
export interface ToolConnectorOptions {
  /**
   * The version of the connector.
   * @default `0.1.0`
   */
  readonly version?: string;
  /**
   * Limit for one call, also advertised.
   * @default 5,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * A word to sort tools by, for tools without their own.
   * @default none
   */
  readonly category?: string;
  /**
   * A hero icon's name, for tools without their own.
   * @default none
   */
  readonly icon?: string;
  /**
   * Texts shown with the connector.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Bounds of the arguments of one call, beyond which it is refused: `maxValues` (500,000 items and properties, at any
   * depth), and `timeoutMs` (1,000) to validate them.
   */
  readonly validation?: Partial<ValidationLimits>;
}

/** A failed call, as the text that peers parse (docs/protocol.md, "Error texts"); the code is in the payload, too. */
class ToolFailure extends MooringError {
  readonly tool: string;
  constructor(tool: string, error: unknown) {
    const code = error instanceof ToolError ? error.code : "";
    const message = error instanceof Error ? error.message : textOf(error ?? "", "");
    super(
      "INVOKE_FAILED",
      `Invoke failed: ${code ? `[${code}] ` : ""}tool '${tool}': ${message || "tool error"}`,
      { cause: error, toolCode: code || undefined },
    );
    this.tool = tool;
  }
}

function unknownTool(name: string, names: readonly string[]): ToolFailure {
  return new ToolFailure(
    cutName(name),
    new ToolError("UNKNOWN_TOOL", `there is no such tool; known: ${namesInWords(names)}`),
  );
}

/** The arguments were not where they belong. */
function withWrapper(error: unknown): unknown {
  if (!(error instanceof ToolError) || error.code !== "INVALID_PARAMS") return error;
  const words = `${error.message}; the payload has no "parameters": arguments go there, as { "parameters": { … } }`;
  return new ToolError(error.code, words, { cause: error });
}

interface Served {
  readonly tools: ReadonlyMap<string, Tool>;
  readonly limits: ValidationLimits;
}

function callTool({ tools, limits }: Served, request: ConnectorRequest, context: RequestContext): unknown {
  const name = request.capabilityId;
  if (!name) {
    throw new MooringError(
      "INVALID_CONFIG",
      "Invalid configuration: TOOL connector invocation is missing capability_id (tool name)",
    );
  }
  const envelope = request.json();
  const tool = tools.get(name);
  if (!tool) throw unknownTool(name, [...tools.keys()]);
  const { parameters, args, metadata, ...others } = isObject(envelope) ? envelope : {};
  const isBare = parameters === undefined && args === undefined && Object.keys(others).length > 0;
  const failed = (error: unknown) => new ToolFailure(name, isBare ? withWrapper(error) : error);
  try {
    const result = tool.call(parameters ?? args ?? {}, new ToolCallContext(context, metadata), limits);
    if (!isThenable(result)) return result ?? {};
    return Promise.resolve(result).then(
      (value: unknown) => value ?? {},
      (error: unknown) => {
        throw failed(error);
      },
    );
  } catch (error) {
    throw failed(error);
  }
}

function limitsOf(type: string, { validation = {} }: ToolConnectorOptions): ValidationLimits {
  const rows = toolConnectorCall.table.validation;
  const limit = (name: keyof ValidationLimits) =>
    bounded(`validation.${name} of connector "${type}"`, validation[name] ?? rows[name].default, rows[name]);
  return { maxValues: limit("maxValues"), timeoutMs: limit("timeoutMs") };
}

/** Whether it has what is used of a tool before and during a call. */
const isTool = (value: unknown): value is Tool =>
  isObject(value) &&
  [value.name, value.description].every((one) => typeof one === "string") &&
  having("call").is(value);

/** `nameOf`: how whoever gave them knows one of them. Throws INVALID_CONFIG. */
export function checkTools(tools: readonly unknown[], nameOf: (at: number) => string): void {
  const wrong = tools.findIndex((tool) => !isTool(tool));
  if (wrong >= 0)
    throw invalidConfig(
      `${nameOf(wrong)} is no tool (got ${named(tools[wrong])}): make it with defineTool().`,
    );
}

function checkList(type: string, tools: unknown): void {
  if (!Array.isArray(tools)) throw invalidConfig(`tools must be a list; got ${named(tools)}.`);
  if (tools.length === 0) throw invalidConfig("ToolConnector must define at least one tool");
  checkTools(tools, (at) => `tools[${at}] of connector "${type}"`);
}

/**
 * A connector of tools. Throws INVALID_CONFIG for no tools or a name given twice.
 *
 * @example
 * ```ts
 * import { createRuntime, defineTool, jsonSchema, toolConnector } from "mooring";
 *
 * const now = defineTool({
 *   name: "now",
 *   description: "The time",
 *   input: jsonSchema({ type: "object" }),
 *   run: () => ({ now: new Date().toISOString() }),
 * });
 * createRuntime().add({ instanceId: "clock-1", connector: toolConnector("clock", [now]) });
 * ```
 */
export function toolConnector(
  type: string,
  tools: readonly Tool[],
  options: ToolConnectorOptions = {},
): Connector {
  if (typeof type !== "string" || type.trim() === "")
    throw invalidConfig(
      'type is required: give the connector type, e.g. toolConnector("calculator", [add]).',
    );
  checkOptions(options, toolConnectorCall);
  const { table } = toolConnectorCall;
  checkRange(`timeoutMs of connector "${type}"`, options.timeoutMs, table.timeoutMs);
  checkList(type, tools);
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const served: Served = { tools: byName, limits: limitsOf(type, options) };
  if (byName.size < tools.length) {
    const twice = tools.find((tool, i) => tools.findIndex((one) => one.name === tool.name) < i);
    throw invalidConfig(
      `Tool '${twice?.name}' is defined twice in connector "${type}": tool names must be unique.`,
    );
  }
  const timeoutMs = options.timeoutMs ?? table.timeoutMs.default;
  const schemas = tools.map(({ name, description, parameters, annotations }) => ({
    name,
    description,
    parameters,
    ...(annotations ? { annotations } : {}),
  }));
  return {
    connectorType: type,
    version: options.version ?? table.version.default,
    ...fixed({
      behaviors: [ConnectorBehavior.TOOL],
      supportedEncodings: [PayloadEncoding.JSON, PayloadEncoding.RAW_BYTES],
      metadata: {
        tool_schemas: JSON.stringify(schemas),
        ...options.metadata,
        tool_count: String(tools.length),
        timeout_ms: String(timeoutMs),
      },
      taskTypes: tools.map((tool): TaskType => taskType(tool, options)),
    }),
    timeoutMs,
    timeoutFor: (name) => byName.get(name ?? "")?.timeoutMs,
    takes: ({ capabilityId }) => byName.has(capabilityId ?? ""),
    execute: (request, context) => callTool(served, request, context),
  };
}

const taskType = (tool: Tool, options: ToolConnectorOptions): TaskType => ({
  taskTypeId: tool.name,
  name: tool.name,
  description: tool.description,
  category: tool.category ?? options.category ?? "",
  icon: tool.icon ?? options.icon ?? "",
  inputSchemaJson: JSON.stringify(tool.parameters),
  outputSchemaJson: JSON.stringify(tool.result ?? {}),
});
