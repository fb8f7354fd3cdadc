/** Judges `MOORING_TRANSPORT`: whether there is such a transport, and whether it speaks what the address asks for. */
import { type Environment, given } from "../environment/environment.js";
import { addressOf, dialledAddress, type Endpoint } from "../protocol/endpoint.js";
import { adapterRow, transportNames, transportSettings } from "../transport/adapters.js";
import { type Finding, findingsOf } from "./finding.js";

const { fail } = findingsOf("settings");

/** `url`: as it was given beside the environment. */
export function checkTransportSetting(
  url: string | undefined,
  env: Environment,
  endpoint: Endpoint | undefined,
): readonly Finding[] {
  const asked = given(env.MOORING_TRANSPORT);
  if (asked === undefined) return [];
  const name = transportNames.find((one) => one === asked);
  if (name === undefined)
    return transportSettings.some((one) => one === asked)
      ? []
      : [
          fail(
            "MOORING_TRANSPORT names no transport",
            `set it to ${transportSettings.join(", ")}, or unset it`,
          ),
        ];
  const { speaks } = adapterRow(name);
  if (!endpoint || speaks === endpoint.transport) return [];
  const { field } = dialledAddress({ field: "--url", text: url }, env);
  const address = field === "default" ? "the default address" : field;
  const what = `MOORING_TRANSPORT is ${name}, which speaks ${speaks}, but ${address} asks for ${endpoint.transport}: connectors do not start`;
  const other = addressOf({ ...endpoint, transport: speaks });
  return [fail(what, `unset MOORING_TRANSPORT, or write ${other} if the gateway speaks ${speaks} there`)];
}
