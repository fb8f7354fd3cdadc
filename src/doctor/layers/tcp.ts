/** Opens TCP to each address of the gateway, so that a family that leads nowhere shows. */
import { isIP } from "node:net";
import { isLoopbackHost } from "../../network/loopback.js";
import type { Endpoint } from "../../protocol/endpoint.js";
import { type Finding, timed } from "../finding.js";
import { families, shown } from "./dns.js";
import { dialTcp, fixFor, gatewayFindings, type Road, reason } from "./road.js";

const { ok, warn, fail } = gatewayFindings;

/** A name with more addresses than that has the others looked at by nobody. */
const mostDialled = 8;

interface Dialled {
  readonly address: string;
  /** Undefined: it answers. */
  readonly code: string | undefined;
}

async function dial(road: Road, address: string): Promise<Dialled> {
  try {
    (await dialTcp(road, address)).destroy();
    return { address, code: undefined };
  } catch (error) {
    return { address, code: reason(error) };
  }
}

/** This machine has no way there at all, and connectors pass over such an address at once. */
const isOurs = ({ code = "" }: Dialled) => ["ENETUNREACH", "EADDRNOTAVAIL", "EAFNOSUPPORT"].includes(code);

const isOf = (family: 4 | 6) => (one: Dialled) => isIP(one.address) === family;

/** `IPv6 fails: ::1 (ECONNREFUSED)`; a single address of a family that answers otherwise is told by itself. */
function failures(all: readonly Dialled[], failed: readonly Dialled[]): string {
  return families
    .flatMap((family) => {
      const some = failed.filter(isOf(family));
      if (some.length === 0) return [];
      const words = some.map(({ address, code }) => `${address} (${code})`).join(", ");
      return [
        all.filter(isOf(family)).length === some.length ? `IPv${family} fails: ${words}` : `${words} fails`,
      ];
    })
    .join("; ");
}

function closed(endpoint: Endpoint, failed: readonly Dialled[]): Finding {
  const [code = "UNKNOWN", ...others] = [...new Set(failed.map((one) => one.code ?? ""))];
  const each = others.length > 0 ? `: ${failures(failed, failed)}` : "";
  const what = `TCP to ${endpoint.authority} does not open (${code})${each}`;
  return fail(what, fixFor(code, endpoint), code);
}

function judged(endpoint: Endpoint, all: readonly Dialled[]): Finding {
  const open = all.filter(({ code }) => code === undefined).map(({ address }) => address);
  const failed = all.filter(({ code }) => code !== undefined);
  if (open.length === 0) return closed(endpoint, failed);
  const to = `TCP to ${endpoint.authority}`;
  if (failed.length === 0) return ok(isIP(endpoint.host) ? to : `${to} opens at ${shown(open)}`);
  const what = `${to} opens at ${shown(open)}; ${failures(all, failed)}`;
  if (failed.every(isOurs) || isLoopbackHost(endpoint.host)) return ok(what);
  const fix =
    "have the gateway listen at all its addresses, or take those out of DNS: connectors lose time there";
  return warn(what, fix, failed[0]?.code);
}

export interface Opened {
  readonly finding: Finding;
  /** The first that answers. */
  readonly address: string | undefined;
}

export async function checkTcp(road: Road, addresses: readonly string[]): Promise<Opened> {
  let address: string | undefined;
  const finding = await timed("tcp", road.clock, async () => {
    const all = await Promise.all(addresses.slice(0, mostDialled).map((one) => dial(road, one)));
    address = all.find(({ code }) => code === undefined)?.address;
    return judged(road.endpoint, all);
  });
  return { finding, address };
}
