/** The environment as the credentials read it: a variable that is set but blank counts as not set. */

export type Environment = Readonly<Record<string, string | undefined>>;

export const given = (text: string | undefined): string | undefined => text?.trim() || undefined;

/** Node's error code, and nothing else of an error: it may quote a path's content or a peer. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]*$/.test(code) ? code : "UNREADABLE";
}
