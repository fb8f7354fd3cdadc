/** The environment as the credentials read it: a variable that is set but blank counts as not set. */
import { Secret } from "../secret.js";

export const given = (text: string | undefined): string | undefined => text?.trim() || undefined;

/** The same for a variable that holds a secret. */
export function givenSecret(text: string | undefined): Secret | undefined {
  const trimmed = given(text);
  return trimmed === undefined ? undefined : new Secret(trimmed);
}
