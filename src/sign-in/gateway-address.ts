/** Which gateway a command means: what was given, else the environment, else the embedded gateway's address. */

import { deriveBase, isSafeTarget, parseHttpUrl } from "../credentials/callback-base.js";
import { type Environment, given } from "../environment/environment.js";
import { invalidConfig } from "../errors.js";
import { dialledAddress, parseEndpoint } from "../protocol/endpoint.js";

const expected = "Write its HTTP API, such as https://studio.example.com, or what connectors dial.";

/**
 * Base of the gateway's HTTP API, without a trailing slash. Throws INVALID_CONFIG for an address that cannot be
 * used, plain http outside loopback included.
 */
export function gatewayHttpUrl(option: string | undefined, env: Environment): string {
  const api = given(option)
    ? { field: "--gateway", text: option }
    : { field: "STRIKE48_API_URL", text: env.STRIKE48_API_URL };
  const { field, text } = dialledAddress(api, env);
  const { tls } = /^https?:/i.test(text)
    ? { tls: false }
    : parseEndpoint(text, field, field === api.field ? expected : undefined);
  const isHttp = /^https?:/i.test(text);
  const url = parseHttpUrl(isHttp ? text.replace(/\/+$/, "") : (deriveBase(text, tls)?.url ?? ""));
  if (!url || [url.username, url.password, url.search, url.hash].some((part) => part !== ""))
    throw invalidConfig(`The address of the gateway cannot be used. ${expected}`);
  if (!isSafeTarget(url, false))
    throw invalidConfig(`The gateway at ${url.host} is plain http and not on loopback: use https.`);
  return url.href.replace(/\/+$/, "");
}
