/** Asks the proxy on the way for a connection: what lies behind it is looked at through it. */
import { ProxyError } from "../../network/proxy/tunnel.js";
import { type Finding, timed } from "../finding.js";
import { gatewayFindings, type Road, reason, wayOn } from "./road.js";

const { ok, fail } = gatewayFindings;

function closed(authority: string, error: unknown): Finding {
  const code = reason(error);
  const { what, fix } = error instanceof ProxyError ? error : { what: "it failed", fix: "" };
  return fail(
    `the proxy on the way to ${authority} does not open (${code}): ${what}`,
    fix.replace(/\.$/, "") || "check the proxy's address and its log",
    code,
  );
}

/** Undefined: no proxy is on the way. */
export async function checkProxy(road: Road): Promise<Finding | undefined> {
  const { authority } = road.endpoint;
  let isDirect = false;
  const found = await timed("proxy", road.clock, async () => {
    try {
      const way = wayOn(road);
      isDirect = way === undefined;
      (await way?.open(road.limitMs))?.destroy();
      return ok(`the proxy ${way?.authority} (${way?.by}) opens a way to ${authority}`);
    } catch (error) {
      return closed(authority, error);
    }
  });
  return isDirect ? undefined : found;
}
