/** What somebody is writing for a tool: a form's draft, or text. Kept for each tool of each connector. */
import { signal } from "@preact/signals";
import { blank, type Draft, draftOf, type Problems, read } from "../form/draft.js";
import { type Field, fieldOf } from "../form/field.js";
import type { CallBody } from "./calls.js";
import type { Capabilities, ToolTold } from "./capabilities.js";

/** `text` is sent as a JSON text. */
export type Mode = "form" | "json" | "text";

export interface Writing {
  readonly mode: Mode;
  readonly draft: Draft | undefined;
  readonly text: string;
  /** `name=value`, a line each. */
  readonly context: string;
  /** In ms. */
  readonly timeout: string;
}

/** What can be called: a tool, or a connector as a whole. */
export interface Callable {
  readonly place: string;
  readonly tool: ToolTold | undefined;
  /** Of its parameters; undefined where there is no schema. */
  readonly field: Field | undefined;
  /** A tool's parameters travel in an envelope. */
  readonly isEnveloped: boolean;
  /** What stands there at first, as JSON: the form of its kind. */
  readonly example: string;
}

const inJson = (value: unknown): string => JSON.stringify(value, null, 2);

/** Of kinds whose payload has a form of its own, and of the operations of events. */
const examples: Readonly<Record<string, unknown>> = {
  source: { query: {}, limit: 10 },
  sink: [{}],
  publish: { topic: "a.b", payload: {} },
  subscribe: { pattern: "**" },
  receive: { subscription_id: "", wait_ms: 5_000 },
  acknowledge: { subscription_id: "", message_ids: [] },
  reject: { subscription_id: "", message_ids: [] },
  unsubscribe: { subscription_id: "" },
};

function exampleOf(name: string | undefined): string {
  return inJson(name !== undefined && Object.hasOwn(examples, name) ? examples[name] : {});
}

export function callableOf(key: string, told: Capabilities, name: string | undefined): Callable {
  // Requests to a connector of requests and answers have no tool, whatever it names besides.
  const isTool = told.behaviors.includes("tool") || !told.behaviors.includes("request_response");
  const tool = isTool ? (told.tools.find((one) => one.name === name) ?? told.tools[0]) : undefined;
  const hasSchema = typeof tool?.parameters === "object" && tool.parameters !== null;
  const field = hasSchema ? fieldOf(tool.parameters) : undefined;
  // What is asked of events is no tool, and has no schema.
  const isBare = !hasSchema || Object.keys(tool.parameters).length === 0;
  const isOfEvents = told.behaviors.includes("pubsub") && isBare;
  const isEnveloped = tool !== undefined && !isOfEvents;
  const kind = tool ? (isOfEvents ? tool.name : undefined) : told.behaviors[0];
  return { place: `${key} ${tool?.name ?? ""}`, tool, field, isEnveloped, example: exampleOf(kind) };
}

const isForm = (field: Field | undefined): field is Field => field !== undefined && field.kind !== "json";

const writings = signal<ReadonlyMap<string, Writing>>(new Map());
const mostKept = 200;

export function writingOf({ place, field, example }: Callable): Writing {
  const found = writings.value.get(place);
  if (found) return found;
  const draft = field && blank(field, true);
  return { mode: isForm(field) ? "form" : "json", draft, text: example, context: "", timeout: "" };
}

export function write({ place }: Callable, writing: Writing): void {
  writings.value = new Map([...writings.value].filter(([one]) => one !== place).slice(-mostKept)).set(
    place,
    writing,
  );
}

/** The value that is called with; what is wrong is put into `problems`. */
export function valueIn({ field }: Callable, { mode, draft, text }: Writing, problems: Problems): unknown {
  if (mode === "text") return text;
  if (mode === "form" && field && draft) return read(field, draft, true, "", problems);
  try {
    return text.trim() === "" ? {} : JSON.parse(text);
  } catch (error) {
    problems.set("", `must be JSON: ${error instanceof Error ? error.message : ""}`);
    return undefined;
  }
}

/** The same value in another form of writing; a text when it cannot be: why. */
export function inMode(callable: Callable, writing: Writing, mode: Mode): Writing | string {
  const problems: Problems = new Map();
  const value = valueIn(callable, writing, problems);
  if (mode !== "form") {
    if (mode === "text" && writing.mode === "json" && typeof value === "string")
      return { ...writing, mode, text: value };
    // What is not right yet is left behind.
    return { ...writing, mode, text: mode === "json" ? inJson(value ?? {}) : writing.text };
  }
  if (problems.size > 0) return "What stands there is no JSON: mend it, or empty it.";
  const draft = callable.field && draftOf(callable.field, value);
  return draft ? { ...writing, mode, draft } : "The form cannot say all of this: it stays as JSON.";
}

function contextIn(text: string, problems: Problems): Readonly<Record<string, string>> | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length === 0) return undefined;
  const pairs = lines.map((line) => {
    const at = line.indexOf("=");
    if (at < 1) problems.set("context", "must be lines of name=value");
    return [line.slice(0, at).trim(), line.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

/** The call as the gateway takes it. */
export function bodyIn(callable: Callable, writing: Writing, problems: Problems): CallBody {
  const value = valueIn(callable, writing, problems);
  const context = contextIn(writing.context, problems);
  const timeoutMs = writing.timeout.trim() === "" ? undefined : Number(writing.timeout);
  if (timeoutMs !== undefined && !(timeoutMs > 0 && timeoutMs < 2 ** 31))
    problems.set("timeout", "must be milliseconds above 0");
  const { tool, isEnveloped } = callable;
  return {
    payload: isEnveloped ? { parameters: value } : value,
    ...(tool ? { capabilityId: tool.name } : {}),
    ...(context ? { context } : {}),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** To be edited and run again. */
export function rewrite(callable: Callable, { payload, context = {}, timeoutMs }: CallBody): void {
  const value = callable.isEnveloped ? (payload as { readonly parameters: unknown }).parameters : payload;
  const draft = callable.field && draftOf(callable.field, value);
  const isText = typeof value === "string" && !callable.tool;
  write(callable, {
    mode: draft && isForm(callable.field) ? "form" : isText ? "text" : "json",
    draft: draft ?? writingOf(callable).draft,
    text: isText ? value : inJson(value),
    context: Object.entries(context)
      .map(([name, one]) => `${name}=${one}`)
      .join("\n"),
    timeout: timeoutMs === undefined ? "" : String(timeoutMs),
  });
}
