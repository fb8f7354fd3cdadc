/** An event's payload as JSON, within what a broker takes. */
import { textOf } from "../../errors.js";
import { jsonText } from "../../protocol/json-form.js";
import { badRequest } from "../bad-request.js";

/** Throws what names the payload, and where `most` comes from. */
export function eventJson(payload: unknown, most: number, limit = "maxEventBytes"): string {
  let json: string;
  try {
    json = jsonText(payload ?? null, most);
  } catch (error) {
    throw badRequest(`payload: ${textOf(error)} (${limit} is ${most}).`);
  }
  const bytes = Buffer.byteLength(json);
  if (bytes > most) throw badRequest(`payload must have at most ${most} bytes (${limit}); got ${bytes}.`);
  return json;
}
