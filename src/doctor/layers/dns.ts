/** Looks a name up as connectors do, by the system's own resolver: once for each family of addresses. */
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { codeOf } from "../../errors.js";
import { asStep, type Finding } from "../finding.js";
import { fixFor, gatewayFindings, type Lookup, type Road, reason, wayOn } from "./road.js";

const { ok, warn, fail } = gatewayFindings;

export const lookupBySystem: Lookup = async (host, family) =>
  (await systemLookup(host, { family, all: true })).map(({ address }) => address);

export const families = [4, 6] as const;
const records = { 4: "A", 6: "AAAA" } as const;

interface Looked {
  readonly family: 4 | 6;
  readonly addresses: readonly string[];
  /** Why there are none. */
  readonly code: string | undefined;
  readonly ms: number;
}

/** More are told by their number alone. */
const mostShown = 4;

/** At this many addresses nobody reads on. */
export const shown = (addresses: readonly string[]): string => {
  const more = addresses.length - mostShown;
  return `${addresses.slice(0, mostShown).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
};

/** The system's resolver takes as long as it likes, and cannot be told to stop. */
async function inTime<T>(looking: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error("Too late."), { code: "TIMEOUT" })), limitMs);
  });
  return Promise.race([looking, late]).finally(() => clearTimeout(timer));
}

async function lookedUp({ lookup, clock, limitMs }: Road, host: string, family: 4 | 6): Promise<Looked> {
  const begun = clock();
  try {
    const addresses = await inTime(lookup(host, family), limitMs);
    return { family, addresses, code: addresses.length > 0 ? undefined : "ENOTFOUND", ms: clock() - begun };
  } catch (error) {
    return { family, addresses: [], code: codeOf(error), ms: clock() - begun };
  }
}

/** A name that has no address of a family; anything else is trouble with asking. */
const isNone = (code: string): boolean =>
  ["ENOTFOUND", "ENODATA", "EAI_NODATA", "EAI_ADDRFAMILY"].includes(code);

function found(host: string, { family, addresses, code }: Looked): Finding {
  const record = records[family];
  if (code === undefined) return ok(`DNS: ${host} is ${shown(addresses)} (${record})`);
  if (isNone(code)) return ok(`DNS: ${host} has no IPv${family} address (${record})`);
  const what = `DNS: the ${record} record of ${host} cannot be looked up (${code})`;
  return warn(what, "check the name server: connectors take the other addresses", code);
}

export interface Names {
  readonly findings: readonly Finding[];
  /** What can be dialled; empty where the proxy dials, and where there is nothing. */
  readonly addresses: readonly string[];
}

async function namesOf(road: Road, host: string): Promise<Names> {
  const looked = await Promise.all(families.map((family) => lookedUp(road, host, family)));
  const addresses = looked.flatMap((one) => one.addresses);
  if (addresses.length > 0)
    return { addresses, findings: looked.map((one) => asStep(found(host, one), "dns", one.ms)) };
  const code = looked.map((one) => one.code ?? "").find((one) => !isNone(one)) ?? "ENOTFOUND";
  const what = `DNS: ${host} has no address that can be found, A or AAAA (${code})`;
  const ms = Math.max(...looked.map((one) => one.ms));
  return { addresses, findings: [asStep(fail(what, fixFor(code, road.endpoint), code), "dns", ms)] };
}

/** A proxy that cannot be chosen is told by its own step. */
function proxyHost(road: Road): string | undefined {
  try {
    return wayOn(road)?.host;
  } catch (error) {
    return reason(error);
  }
}

/** Of the gateway; where a proxy is on the way, it looks that name up itself, and its own name is what counts here. */
export async function checkDns(road: Road): Promise<Names> {
  const proxy = proxyHost(road);
  const { host } = road.endpoint;
  if (proxy === undefined) return isIP(host) ? { findings: [], addresses: [host] } : namesOf(road, host);
  // A name of the proxy's that is none shows when it is dialled.
  const names = isIP(proxy) ? [] : (await namesOf(road, proxy)).findings;
  return { findings: names.filter(({ level }) => level !== "fail"), addresses: [] };
}
