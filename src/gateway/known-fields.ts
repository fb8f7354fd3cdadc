/** Refuses fields that a call of the HTTP API does not have, with the name that was meant. */
import type { IncomingMessage } from "node:http";
import { nearestName } from "../options/nearest-name.js";
import { ApiError, readJson } from "./json-http.js";

/** What people write for something that is called otherwise. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["tool", "capabilityId"],
  ["toolname", "capabilityId"],
  ["parameters", "payload.parameters"],
  ["arguments", "payload.parameters"],
]);

function meant(name: string, known: readonly string[]): string | undefined {
  const other = otherNames.get(name.toLowerCase());
  if (other && known.includes(other.split(".", 1)[0] ?? "")) return other;
  return nearestName(name.replaceAll("_", ""), known) ?? nearestName(name, known);
}

/** Throws for the first one; `call` is what people call it. */
export function refuseUnknownFields(body: object, known: readonly string[], call: string): void {
  const name = Object.keys(body).find((one) => !known.includes(one));
  if (name === undefined) return;
  const likely = meant(name, known);
  const right = likely
    ? `did you mean "${likely}"?`
    : known.length > 0
      ? `known are ${known.join(", ")}.`
      : "it takes none.";
  throw new ApiError(400, "INVALID_FIELD", `"${name.slice(0, 100)}" is no field of ${call}; ${right}`);
}

/** The JSON object in a request's body, with no other fields than these; `limit` as for `readJson`. */
export async function readFields(
  request: IncomingMessage,
  known: readonly string[],
  call: string,
  limit?: number,
): Promise<Record<string, unknown>> {
  const body = await readJson(request, limit);
  refuseUnknownFields(body, known, call);
  return body;
}

/** What to say of a call that does not exist. `names`: those that do, in the form of `name`. */
export function unknownRoute(call: string, name: string, names: readonly string[]): ApiError {
  const likely = nearestName(name, names);
  return new ApiError(
    404,
    "UNKNOWN_ROUTE",
    `There is no ${call}${likely ? `; did you mean ${likely}?` : "."}`,
  );
}
