/** JSON over HTTP: reading bodies, checking fields, answering. */
import type { IncomingMessage } from "node:http";
import { ApiError } from "../serving/api-error.js";
import { readBody } from "../serving/request-body.js";

export { ApiError } from "../serving/api-error.js";
export { sendJson } from "../serving/http-server.js";

const maxBodyBytes = 5 * 1024 * 1024;

/** The JSON object in a request's body; an empty body is an empty object. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const text = await readBody(request, maxBodyBytes);
  try {
    const body: unknown = text.trim() === "" ? {} : JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return { ...body };
  } catch {
    // Said below.
  }
  throw new ApiError(400, "INVALID_JSON", "The body must be a JSON object.");
}

export function textField(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string" || value === "")
    throw new ApiError(400, "INVALID_FIELD", `"${name}" must be a non-empty text.`);
  return value;
}
