/** The command that does the same as an action of the page, for a shell. Secrets stay in variables. */
import type { Action } from "./ask.js";

interface Gateway {
  readonly apiUrl: string;
  readonly wantsToken: boolean;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Signs that turn a line round or hide in it; JSON may hold any character by its number. */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const numbered = (sign: string): string =>
  sign
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");

export function curlOf({ method, path, body }: Action, { apiUrl, wantsToken }: Gateway): string {
  const parts = ["curl"];
  if (method !== "GET") parts.push("-X", method);
  parts.push(quoted(apiUrl + path));
  if (wantsToken) parts.push("-H", '"authorization: Bearer $MOORING_ADMIN_TOKEN"');
  if (body) {
    const json = JSON.stringify(body).replace(hidden, numbered);
    parts.push("-H", "'content-type: application/json'", "-d", quoted(json));
  }
  return parts.join(" ");
}
