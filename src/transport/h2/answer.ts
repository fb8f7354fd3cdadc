/** Header lists of an answer as an object, as `node:http2` has them. What is malformed ends its stream. */
import type { IncomingHttpHeaders, IncomingHttpStatusHeader } from "node:http2";
import { StreamFault } from "./faults.js";
import { malformedFields, type Section } from "./field-rules.js";
import type { HeaderField } from "./hpack/header-field.js";

/** Header fields by name; of an answer, with its status. */
export type Headers = IncomingHttpHeaders & IncomingHttpStatusHeader;

/** Of these the first counts; others are joined, of which two lengths are no number. */
const single: ReadonlySet<string> = new Set(["content-type", "retry-after"]);

/** Throws {@link StreamFault}. */
export function headersOf(fields: readonly HeaderField[], section: Section): Headers {
  const fault = malformedFields(fields, section);
  if (fault !== undefined) throw new StreamFault("PROTOCOL_ERROR", `a malformed answer, with ${fault}`);
  const headers = Object.create(null) as Headers;
  for (const { name, value } of fields) {
    const before = headers[name];
    const said = value.trim();
    if (name === ":status") headers[":status"] = Number(value);
    else if (before === undefined) headers[name] = said;
    else if (!single.has(name)) headers[name] = `${before}, ${said}`;
  }
  return headers;
}

/** `content-length`, where it is said. Throws {@link StreamFault}. */
export function announcedBytes(headers: Headers): number | undefined {
  const said = headers["content-length"];
  if (said === undefined) return undefined;
  if (!/^\d{1,15}$/.test(said))
    throw new StreamFault("PROTOCOL_ERROR", "a malformed answer, with a content-length that is no number");
  return Number(said);
}
