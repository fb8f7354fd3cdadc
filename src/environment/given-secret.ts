/** A variable of the environment that holds a secret: one that is set but blank counts as not set. */
import { Secret } from "../secret.js";
import { given } from "./environment.js";

export function givenSecret(text: string | undefined): Secret | undefined {
  const secret = given(text);
  return secret === undefined ? undefined : new Secret(secret);
}
