/** What a tool answers: data by its schema and a short text; or an error that says what to do instead. */
import { MooringError } from "../errors.js";
import { nearestName } from "../options/nearest-name.js";
import { clipped } from "./bounds.js";

export interface Answer {
  readonly [name: string]: unknown;
  readonly content: { readonly type: "text"; readonly text: string }[];
  readonly structuredContent?: Record<string, unknown>;
  readonly isError?: boolean;
}

/** An argument that fits nothing there is. */
export class BadArgument extends Error {
  override readonly name = "BadArgument";
}

export const answer = (text: string, data: object): Answer => ({
  content: [{ type: "text", text: clipped(text, 6_000) }],
  structuredContent: { ...data },
});

function wordsOf(error: unknown): string {
  if (error instanceof BadArgument) return error.message;
  // Its own words are for people, and safe.
  if (error instanceof MooringError || isMooringError(error)) return `${error.code}: ${error.message}`;
  return `Mooring failed at this call (${error instanceof Error ? error.name : typeof error}); please report it.`;
}

/** Of the other copy of the class: the command that calls us has its own. */
const isMooringError = (error: unknown): error is MooringError =>
  error instanceof Error && error.name === "MooringError" && "code" in error;

/** Answers, whatever happens. */
export async function answering(tool: () => Promise<Answer>): Promise<Answer> {
  try {
    return await tool();
  } catch (error) {
    return { content: [{ type: "text", text: clipped(wordsOf(error), 4_000) }], isError: true };
  }
}

const mostNamed = 15;

/** Names to choose from, the nearest first. */
export function unknownName(what: string, name: string, known: readonly string[]): BadArgument {
  const near = nearestName(name, known);
  const hint = near === undefined ? "" : ` Did you mean "${near}"?`;
  const shown = known.slice(0, mostNamed).join(", ") || "none";
  const more = known.length > mostNamed ? `, and ${known.length - mostNamed} more (status lists them)` : "";
  return new BadArgument(`There is no ${what} "${clipped(name, 200)}".${hint} There is: ${shown}${more}.`);
}
