/** Why a server of the Model Context Protocol did not start, in words that name the cause. */
import { codeOf, textOf } from "../errors.js";

/** Of a chain of causes so many are looked at: one may be in a circle. */
const mostCauses = 8;

/** What `fetch` fails with has its reason in a cause: ECONNREFUSED, a certificate's code. */
function codeIn(error: unknown): string {
  let at = error;
  for (let i = 0; i < mostCauses && at instanceof Error; i++) {
    const code = codeOf(at, "");
    if (code !== "" && /^(?:E[A-Z]|ERR_|CERT_|UND_|[A-Z_]*(?:SIGNED|VERIFY|ISSUER))/.test(code)) return code;
    at = at.cause;
  }
  return "";
}

/** The error's words, and what they leave out: the code of the network, else the words of the cause. */
export function startFailureText(error: unknown): string {
  const text = textOf(error);
  const cause = error instanceof Error && error.cause instanceof Error ? textOf(error.cause) : "";
  const more = codeIn(error) || (text === "fetch failed" ? cause : "");
  return more === "" || text.includes(more) ? text : `${text} (${more})`;
}
