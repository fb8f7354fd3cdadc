/** What routes of the HTTP API read and ask alike: fields of a body, a registration, a caller who goes away. */
import type { ServerResponse } from "node:http";
import { MooringError } from "../errors.js";
import { isObject } from "../is-object.js";
import { named, text, textsByName } from "../options/kinds.js";
import { isBrokenText } from "../protocol/identity.js";
import type { GatewayCore } from "./core.js";
import type { Declared } from "./declared.js";
import { ApiError } from "./json-http.js";
import type { Registration } from "./registry.js";

export function optional<T>(
  body: Record<string, unknown>,
  name: string,
  is: (value: unknown) => value is T,
  what: string,
): T | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (!is(value)) throw new ApiError(400, "INVALID_FIELD", `"${name}" must be ${what}; got ${named(value)}.`);
  return value;
}

export const isText = (value: unknown): value is string => text.is(value);
export const isName = (value: unknown): value is string =>
  isText(value) && value !== "" && !isBrokenText(value);
export const isKey = (value: unknown): value is string | object => isName(value) || isObject(value);
export const isPositive = (value: unknown): value is number =>
  typeof value === "number" && value > 0 && value < 2 ** 31;
export const isTextMap = (value: unknown): value is Record<string, string> =>
  textsByName.is(value) && Object.values(value as object).every(isText);

/** Aborted when the caller goes away before the answer. */
export function whenGone(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new MooringError("NOT_RUNNING", "its caller has gone")));
  return gone.signal;
}

/** The answer's value, or its bytes in base64 when it is no JSON. */
export function readable(answer: { json(): unknown; readonly payload: Uint8Array }): unknown {
  try {
    return answer.json();
  } catch {
    return { base64: Buffer.from(answer.payload).toString("base64") };
  }
}

/** Throws ApiError 404 for a key that never registered. */
export function known(core: GatewayCore, key: string): Registration {
  const registration = core.registry.get(key);
  if (registration) return registration;
  const { registry } = core;
  const { refusals } = registry;
  const words = registry.unknown(key);
  const refused = refusals.words(key);
  if (refused !== undefined) throw new ApiError(404, "REFUSED_REGISTRATION", words, `it ${refused}`);
  const all = `${words} GET /api/registrations lists them.`;
  // Where a key is near, that one was meant: clients that are refused have nothing to do with it.
  const hint = registry.near(key).length > 0 ? undefined : refusals.hint();
  throw new ApiError(404, "UNKNOWN_REGISTRATION", all, hint);
}

/** What it says that it can do. Throws REGISTRATION_ERROR while it is away. */
export function declaredOf({ key, declared }: Registration): Declared {
  if (declared) return declared;
  throw new MooringError(
    "REGISTRATION_ERROR",
    `${key} is not connected: what it can do is known for as long as it is.`,
  );
}
