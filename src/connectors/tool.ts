/**
 * Tools for AI agents: definitions with schemas, and the connector that serves them in their wire forms
 * (docs/protocol.md, "Tools").
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { invalidConfig, MooringError, textOf } from "../errors.js";
import { ConnectorBehavior, PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../is-object.js";
import { checkOptions } from "../options/check.js";
import { having, named } from "../options/kinds.js";
import { bounded, checkRange } from "../options/ranges.js";
import { checkedResult } from "./checked-result.js";
import type { Connector, ConnectorRequest, RequestContext, TaskType } from "./connector.js";
import { fixed } from "./description.js";
import { issuesText } from "./issues/issue-text.js";
import { toolCall, toolConnectorCall } from "./option-table.js";
import { costOf, outputOf, parametersOf, type ToolSchema } from "./schema.js";
import { isThenable } from "./thenable.js";
import { ToolCallContext, type ToolContext } from "./tool-context.js";
import { ToolError } from "./tool-error.js";
import { Turns } from "./turns.js";
import { defaultValidation, Validation, type ValidationLimits } from "./validation.js";

export { jsonSchema } from "./json-schema.js";
export type { ToolContext } from "./tool-context.js";

/** Options of {@link defineTool}. */
export interface ToolOptions<Input, Output> {
  /** Unique in its connector; the request's `capability_id`. */
  readonly name: string;
  /** What the agent reads to decide whether to call it. */
  readonly description: string;
  /** Any Standard Schema that can print its JSON Schema. Arguments are validated and defaults filled in. */
  readonly input: ToolSchema<Input, Output>;
  /**
   * What it returns, for the agent to know; results are checked against it with `checkOutput`.
   * @default nothing is said
   */
  readonly output?: ToolSchema;
  /**
   * Holds each result against `output`: one that does not fit fails with `INVALID_RESULT`, and what the schema makes of
   * it goes out.
   * @default false
   */
  readonly checkOutput?: boolean;
  /**
   * Calls that run at once; more wait in the order in which they came.
   * @default no limit of its own
   */
  readonly concurrency?: number;
  /**
   * Hints for agents, such as `{ readOnlyHint: true }`: they go out with the schema.
   * @default none
   */
  readonly annotations?: { readonly [name: string]: unknown };
  /**
   * Limit for one call.
   * @default the connector's
   */
  readonly timeoutMs?: number;
  /**
   * A word to sort tools by.
   * @default the connector's
   */
  readonly category?: string;
  /**
   * A hero icon's name.
   * @default the connector's
   */
  readonly icon?: string;
  /**
   * Returns (or resolves to) a JSON value; throws `ToolError` for a failure with a code. Any other error is
   * logged, and its message goes to the caller word for word.
   */
  run(input: Output, context: ToolContext): unknown;
}

/** A tool as `toolConnector` takes it. */
export interface Tool {
  /** The name that callers ask for; unique in its connector. */
  readonly name: string;
  /** What an agent reads to decide whether to call it. */
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly parameters: { readonly [keyword: string]: unknown };
  /** JSON Schema of the result. */
  readonly result?: { readonly [keyword: string]: unknown };
  /** Limit for one call, in ms; the connector's when undefined. */
  readonly timeoutMs?: number;
  /** A word to sort tools by; the connector's when undefined. */
  readonly category?: string;
  /** A hero icon's name; the connector's when undefined. */
  readonly icon?: string;
  /** Hints such as `readOnlyHint`, which gateways get with the schema. */
  readonly annotations?: { readonly [name: string]: unknown };
  /** Validates the arguments, within the limits (the defaults of {@link ToolConnectorOptions.validation}), and runs. */
  call(input: unknown, context: ToolContext, limits?: ValidationLimits): unknown;
}

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
  readonly toolCode: string | undefined;
  constructor(tool: string, error: unknown) {
    const code = error instanceof ToolError ? error.code : "";
    const message = error instanceof Error ? error.message : textOf(error ?? "", "");
    super(
      "INVOKE_FAILED",
      `Invoke failed: ${code ? `[${code}] ` : ""}tool '${tool}': ${message || "tool error"}`,
      { cause: error },
    );
    this.tool = tool;
    this.toolCode = code || undefined;
  }
}

type Run<Input> = (input: Input, context: ToolContext) => unknown;

/** What a call runs: with its turn, and its result checked, where that is asked for. */
function runOf<Input>({
  name,
  run,
  output,
  checkOutput,
  concurrency,
}: ToolOptions<never, Input>): Run<Input> {
  const checked: Run<Input> =
    output && checkOutput ? (input, context) => checkedResult(output, run(input, context)) : run;
  if (concurrency === undefined) return checked;
  const turns = new Turns(bounded(`Tool '${name}': concurrency`, concurrency, toolCall.table.concurrency));
  return (input, context) => turns.run(context.signal, () => checked(input, context));
}

/** Runs on what has passed; throws `INVALID_PARAMS` naming each wrong field of what has not. */
function runWith<Input, Output>(
  { input, run }: { readonly input: ToolSchema<Input, Output>; readonly run: Run<Output> },
  given: unknown,
  checked: StandardSchemaV1.Result<Output>,
  context: ToolContext,
): unknown {
  if (!checked.issues) return run(checked.value, context);
  throw new ToolError("INVALID_PARAMS", issuesText(input, given, checked.issues));
}

/**
 * Defines a tool. Throws INVALID_CONFIG for an empty name or description, a missing input, or a schema without a JSON form.
 *
 * @example
 * ```ts
 * import { defineTool, ToolError } from "mooring";
 * import { z } from "zod";
 *
 * export const divide = defineTool({
 *   name: "divide",
 *   description: "Divide two numbers",
 *   input: z.object({ a: z.number(), b: z.number() }),
 *   run: ({ a, b }) => {
 *     if (b === 0) throw new ToolError("DIVISION_BY_ZERO", "b must not be 0");
 *     return { result: a / b };
 *   },
 * });
 * ```
 */
export function defineTool<Input, Output>(options: ToolOptions<Input, Output>): Tool {
  checkOptions(options, toolCall);
  const { name, description, input, output, timeoutMs, category, icon } = options;
  if (!name?.trim()) throw invalidConfig("Tool name cannot be empty");
  if (!description?.trim()) throw invalidConfig(`Tool '${name}' must have a description`);
  if (input === undefined)
    throw invalidConfig(
      `Tool '${name}' must have an input: the schema of its arguments, such as input: z.object({ … }) or jsonSchema({ … }).`,
    );
  if (typeof options.run !== "function")
    throw invalidConfig(`Tool '${name}' must have a run function: run: (input, context) => result.`);
  checkRange(`Tool '${name}': timeoutMs`, timeoutMs, toolCall.table.timeoutMs);
  checkRange(`Tool '${name}': concurrency`, options.concurrency, toolCall.table.concurrency);
  if (options.checkOutput && !output)
    throw invalidConfig(`Tool '${name}': checkOutput needs output, the schema of its results.`);
  const { annotations } = options;
  const parameters = parametersOf(name, input);
  const runs = { input, run: runOf<Output>(options as ToolOptions<never, Output>) };
  const validation = new Validation(costOf(parameters, input));
  const validate = (value: unknown) => input["~standard"].validate(value);
  return {
    name,
    description,
    parameters,
    ...(output ? { result: outputOf(name, output) } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(category === undefined ? {} : { category }),
    ...(icon === undefined ? {} : { icon }),
    call: (value, context, limits = defaultValidation) => {
      const checked = validation.run(value, limits, validate);
      return isThenable(checked)
        ? Promise.resolve(checked).then((result) => runWith(runs, value, result, context))
        : runWith(runs, value, checked, context);
    },
  };
}

/** How many tools are named to a caller who asks for one that is not there, and how much of a name. */
const most = { names: 20, name: 100 };

const cut = (name: string): string => (name.length > most.name ? `${name.slice(0, most.name - 1)}…` : name);

function unknownTool(name: string, names: readonly string[]): ToolFailure {
  const known = names.slice(0, most.names).map(cut).join(", ");
  const more = names.length > most.names ? ` and ${names.length - most.names} more` : "";
  return new ToolFailure(
    cut(name),
    new ToolError("UNKNOWN_TOOL", `there is no such tool; known: ${known}${more}`),
  );
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
  try {
    const { parameters, args, metadata } = isObject(envelope) ? envelope : {};
    const result = tool.call(parameters ?? args ?? {}, new ToolCallContext(context, metadata), limits);
    if (!isThenable(result)) return result ?? {};
    return Promise.resolve(result).then(
      (value: unknown) => value ?? {},
      (error: unknown) => {
        throw new ToolFailure(name, error);
      },
    );
  } catch (error) {
    throw new ToolFailure(name, error);
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

function checkTools(type: string, tools: unknown): void {
  if (!Array.isArray(tools)) throw invalidConfig(`tools must be a list; got ${named(tools)}.`);
  if (tools.length === 0) throw invalidConfig("ToolConnector must define at least one tool");
  const wrong = tools.findIndex((tool) => !isTool(tool));
  if (wrong >= 0)
    throw invalidConfig(`tools[${wrong}] of connector "${type}" is no tool: make it with defineTool().`);
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
  checkTools(type, tools);
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
