/**
 * What header lists of an answer must keep to (RFC 9113, sections 8.1 to 8.3 and 8.6). One that does not is
 * malformed, which is an error of its stream alone (PROTOCOL_ERROR).
 */
import type { HeaderField } from "./hpack/header-field.js";

/** Where a list stands: before the body, or after it. */
export type Section = "header" | "trailer";

/** What belongs to one connection, and has no meaning on HTTP/2 (section 8.2.2). */
const ofConnections = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** Visible ASCII without capital letters; a colon may only begin a name (section 8.2.1). */
const validName = /^:?[!-9;-@[-~]+$/;
/**
 * No NUL, line feed or carriage return (section 8.2.1). A space at either end, which is not allowed either, is let
 * pass: the words of a gRPC status may end with one, and its code is needed all the same.
 */
const validValue = /^[^\0\n\r]*$/;
/** Status codes; 101 has no place on HTTP/2 (section 8.6). */
const validStatus = /^(?!101)[1-9][0-9][0-9]$/;

/** Why the list is malformed, in words; undefined when it is not. */
export function malformedFields(fields: readonly HeaderField[], section: Section): string | undefined {
  let statuses = 0;
  let regular = 0;
  for (const { name, value } of fields) {
    if (!validName.test(name)) return `a field name that HTTP/2 does not allow: ${quoted(name)}`;
    if (!validValue.test(value))
      return `the value of ${quoted(name)} has characters that HTTP/2 does not allow`;
    if (!name.startsWith(":")) {
      regular += 1;
      if (ofConnections.has(name) || (name === "te" && value !== "trailers")) {
        return `a field of connections: ${name}`;
      }
      continue;
    }
    if (section === "trailer") return `a pseudo-header field in trailers: ${quoted(name)}`;
    if (name !== ":status") return `a pseudo-header field that is none of an answer: ${quoted(name)}`;
    if (regular > 0) return "the status stands after other fields";
    if (!validStatus.test(value)) return `no status: ${quoted(value)}`;
    statuses += 1;
  }
  if (section === "header" && statuses !== 1) return statuses === 0 ? "no status" : "two statuses";
  return undefined;
}

const longestQuoted = 64;

/** Of a peer's words, what fits a line of a log. */
function quoted(text: string): string {
  const visible = JSON.stringify(text.slice(0, longestQuoted)).replace(/[\x7f-\xff]/g, "?");
  return text.length > longestQuoted ? `${visible}…` : visible;
}
