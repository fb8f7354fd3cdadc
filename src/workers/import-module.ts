/** Imports a user's module, TypeScript included. What goes wrong in it is told in one sentence: what, and where. */
import { fileURLToPath } from "node:url";
import { invalidConfig, type MooringError, textOf } from "../errors.js";
import { loadTool } from "../tools.js";
import { locationInStack } from "./error-location.js";
import { findSyntaxError } from "./syntax-error.js";

const isTypeScript = (path: string) => /\.m?ts$/.test(path);

/** How much of a foreign message is quoted, in characters. */
const quoted = 300;

const oneLine = (text: string) => text.replace(/\s+/g, " ").trim().replace(/\.$/, "").slice(0, quoted);

/** What the compiler of TypeScript says of a file that it cannot parse: what, and where. */
const unparsed = /^ParseError: (.+?)\s*\n\s*(\S.*:\d+):\d+\s*$/s;

/** What was thrown, in words; the names of classes that say nothing are left out. */
function reasonOf(error: unknown): string {
  const text = textOf(error, "");
  if (text === "") return "it throws a value that has no text";
  if (!(error instanceof Error)) return `it throws "${oneLine(text)}"`;
  const [, syntax] = unparsed.exec(text) ?? [];
  if (syntax !== undefined) return oneLine(`SyntaxError: ${syntax}`);
  const [message = ""] = text.split(/\n\s*Require stack:/);
  const isTelling = ![message, "Error", "MooringError"].includes(error.name);
  return oneLine(isTelling ? `${error.name}: ${message}` : message);
}

/** `file:line`, where it can be known. */
async function locationOf(error: unknown, path: string): Promise<string | undefined> {
  if (!(error instanceof Error)) return undefined;
  const location = unparsed.exec(textOf(error))?.[2] ?? locationInStack(error, path);
  return location === undefined && error instanceof SyntaxError ? findSyntaxError(path) : location;
}

/** What to do about a package that is not installed. */
function fixFor(error: unknown): string {
  const [, name] =
    /^Cannot find (?:package|module) '((?:@[^/'\\]+\/)?[^@./'\\][^/'\\]*)/.exec(
      error instanceof Error ? textOf(error) : "",
    ) ?? [];
  return name === undefined ? "" : ` Install it in that folder: npm install ${name}.`;
}

async function cannotLoad(path: string, error: unknown): Promise<MooringError> {
  const location = await locationOf(error, path);
  const where = location === undefined ? "" : ` (${location})`;
  return invalidConfig(
    `The module "${path}" cannot be loaded: ${reasonOf(error)}${where}.${fixFor(error)}`,
    error,
  );
}

async function load(url: string, path: string): Promise<Record<string, unknown>> {
  if (!isTypeScript(path)) return import(url);
  const { createJiti } = await loadTool("jiti");
  // Types are stripped in memory: a cache on disk would be one more thing to go stale.
  return createJiti(import.meta.url, { fsCache: false }).import(path);
}

/** Rejects when the thread has nothing left to do, which would end it without a word. */
function idleness(path: string): { readonly over: Promise<never>; stop(): void } {
  let stop = () => {};
  const over = new Promise<never>((_, reject) => {
    const idle = () =>
      reject(
        invalidConfig(
          `The module "${path}" never finishes loading: it waits at its top level (await) for something that cannot come any more.`,
        ),
      );
    process.once("beforeExit", idle);
    stop = () => process.off("beforeExit", idle);
  });
  return { over, stop };
}

/** Throws INVALID_CONFIG, with the error as its cause, when the module or something that it imports fails. */
export async function importModule(url: string): Promise<Record<string, unknown>> {
  const path = fileURLToPath(url);
  const idle = idleness(path);
  const loaded = load(url, path).catch(async (error: unknown) => {
    throw await cannotLoad(path, error);
  });
  try {
    return await Promise.race([loaded, idle.over]);
  } finally {
    idle.stop();
  }
}
