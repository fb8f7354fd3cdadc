/** Tools for AI agents: what one is, what it takes and what it runs. `tool-connector.ts` serves them. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { invalidConfig } from "../../errors.js";
import { checkOptions } from "../../options/check.js";
import { bounded, checkRange } from "../../options/ranges.js";
import { issuesText } from "../issues/issue-text.js";
import { toolCall } from "../option-table.js";
import { checkedResult } from "../schemas/checked-result.js";
import { costOf, outputOf, parametersOf, type ToolSchema } from "../schemas/schema.js";
import { defaultValidation, Validation, type ValidationLimits } from "../schemas/validation.js";
import { isThenable } from "../thenable.js";
import type { ToolContext } from "./tool-context.js";
import { ToolError } from "./tool-error.js";
import { Turns } from "./turns.js";

/** What a tool may return: anything, unless the schema of its results says more than that they are objects. */
export type ToolReturn<Result> =
  Record<string, unknown> extends Result ? unknown : NoInfer<Result> | PromiseLike<NoInfer<Result>>;

/** Options of {@link defineTool}. */
export interface ToolOptions<Input, Output, Result = unknown> {
  /** Unique in its connector; the request's `capability_id`. */
  readonly name: string;
  /** What the agent reads to decide whether to call it. */
  readonly description: string;
  /** Any Standard Schema that can print its JSON Schema. Arguments are validated and defaults filled in. */
  readonly input: ToolSchema<Input, Output>;
  /**
   * What it returns, for the agent to know; the compiler holds `run` to it, and `checkOutput` each result.
   * @default nothing is said
   */
  readonly output?: ToolSchema<Result, unknown>;
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
  run(input: Output, context: ToolContext): ToolReturn<Result>;
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
export function defineTool<Input, Output, Result = unknown>(
  options: ToolOptions<Input, Output, Result>,
): Tool {
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
