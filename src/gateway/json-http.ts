/** JSON over HTTP: reading bodies, checking fields, answering. */
import type { IncomingMessage } from "node:http";
import { isObject } from "../is-object.js";
import { isBrokenText } from "../protocol/identity.js";
import { isTooDeep, maxValueDepth } from "../protocol/json-depth.js";
import { ApiError } from "../serving/api-error.js";
import { readBody } from "../serving/request-body.js";

export { ApiError } from "../serving/api-error.js";
export { sendJson } from "../serving/http-server.js";

const maxBodyBytes = 5 * 1024 * 1024;

/** The JSON object in a request's body of at most 5 MiB, or `limit` if that is more; an empty one is an empty object. */
export async function readJson(request: IncomingMessage, limit = 0): Promise<Record<string, unknown>> {
  const text = await readBody(request, Math.max(maxBodyBytes, limit));
  // One more, because it wraps the value whose depth is bounded.
  const isDeep = isTooDeep(Buffer.from(text), maxValueDepth + 1);
  if (isDeep && text.trimStart().startsWith("{"))
    throw new ApiError(
      400,
      "INVALID_JSON",
      `The body is nested deeper than ${maxValueDepth} levels: nest it less.`,
    );
  try {
    const body: unknown = isDeep ? undefined : text.trim() === "" ? {} : JSON.parse(text);
    if (isObject(body)) return { ...body };
  } catch {
    // Said below.
  }
  throw new ApiError(400, "INVALID_JSON", "The body must be a JSON object.");
}

export function textField(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string" || value === "")
    throw new ApiError(400, "INVALID_FIELD", `"${name}" must be a non-empty text.`);
  if (isBrokenText(value))
    throw new ApiError(400, "INVALID_FIELD", `"${name}" holds half a character: give whole ones.`);
  return value;
}
