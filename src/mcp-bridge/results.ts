/** What a server of the Model Context Protocol answers to a call, as a tool's result or failure. */
import { ToolError } from "../connectors/tools/tool-error.js";
import { isObject } from "../is-object.js";

/** One part of an answer: text, an image, audio, a resource or a link to one, as the protocol has them. */
export interface McpContent {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** The answer to a call, as far as it is used. */
export interface McpAnswer {
  readonly content?: readonly McpContent[] | undefined;
  readonly structuredContent?: unknown;
  readonly isError?: boolean | undefined;
}

/** Of the message of a failure so much is passed on. */
const mostMessage = 4_000;

function textOf(content: readonly McpContent[]): string {
  return content
    .flatMap((one) => (one.type === "text" && typeof one.text === "string" ? [one.text] : []))
    .join("\n");
}

/** A code by which callers tell failures, where the server gives one as `mooring mcp-serve` does. */
function codeOf(structured: unknown): string {
  const code = isObject(structured) ? structured.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{0,63}$/.test(code) ? code : "TOOL_FAILED";
}

/** What only clients of the protocol have a use for is left out. */
function plain({ _meta, annotations: _annotations, ...part }: McpContent): McpContent {
  return part;
}

/**
 * `structuredContent` alone where the rest is text, which says the same; else the text, the other parts (bytes in base64)
 * and the structured part by name. Throws ToolError for an answer that says it is an error.
 */
export function resultOf({ content = [], structuredContent, isError }: McpAnswer): unknown {
  const text = textOf(content);
  if (isError) {
    const code = codeOf(structuredContent);
    const message = text.startsWith(`[${code}] `) ? text.slice(code.length + 3) : text;
    throw new ToolError(code, message.slice(0, mostMessage) || "the tool failed and said nothing of it");
  }
  const others = content.filter((one) => one.type !== "text").map(plain);
  if (structuredContent !== undefined && others.length === 0) return structuredContent;
  return {
    ...(text === "" && others.length > 0 ? {} : { text }),
    ...(others.length === 0 ? {} : { content: others }),
    ...(structuredContent === undefined ? {} : { structured: structuredContent }),
  };
}
