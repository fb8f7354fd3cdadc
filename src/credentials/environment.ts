/** The environment as the credentials read it: a variable that is set but blank counts as not set. */
import { Secret } from "../secret.js";

export type Environment = Readonly<Record<string, string | undefined>>;

export const given = (text: string | undefined): string | undefined => text?.trim() || undefined;

/** The same for a variable that holds a secret. */
export function givenSecret(text: string | undefined): Secret | undefined {
  const trimmed = given(text);
  return trimmed === undefined ? undefined : new Secret(trimmed);
}

/** Node's error code, and nothing else of an error: it may quote a path's content or a peer. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : "UNREADABLE";
}
