/** `NO_PROXY`: the hosts that are reached directly (docs/protocol.md, "NO_PROXY"), with ports and address blocks. */
import { BlockList, isIP } from "node:net";

export interface HostAndPort {
  /** Without brackets. */
  readonly host: string;
  /** From 1 to 65,535. */
  readonly port: number;
}

interface Entry {
  readonly host: string;
  /** Null: any. */
  readonly port: number | null;
}

/** `[::1]:443`, `::1`, `host:443`, `host`. A bare address of IPv6 has several colons and no port. */
function entryOf(text: string): Entry {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? "", port: bracketed[2] ? Number(bracketed[2]) : null };
  const [host = "", port, ...more] = text.split(":");
  if (more.length > 0) return { host: text, port: null };
  return { host, port: port !== undefined && /^\d+$/.test(port) ? Number(port) : null };
}

const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** `10.0.0.0/8`; false for what is no block of addresses. */
function isInBlock(address: string, text: string): boolean {
  const [base = "", bits = ""] = text.split("/");
  const kind = isIP(base);
  if (kind === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > (kind === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(base, Number(bits), family(base));
  return list.check(address, family(address));
}

/** Whether both are the same address, however it is written. */
function isSameAddress(a: string, b: string): boolean {
  if (isIP(a) === 0 || isIP(b) === 0) return false;
  const list = new BlockList();
  list.addAddress(b, family(b));
  return list.check(a, family(a));
}

const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, "");

function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isIP(host) !== 0 && isInBlock(host, entry);
  const { host: name, port: only } = entryOf(entry);
  if (only !== null && only !== port) return false;
  if (isSameAddress(host, name)) return true;
  const bare = plainName(name.replace(/^\*?\.+/, ""));
  return bare !== "" && (host === bare || host.endsWith(`.${bare}`));
}

export function isDirect(noProxy: string, { host, port }: HostAndPort): boolean {
  const target = plainName(host);
  return noProxy.split(/[\s,]+/).some((entry) => entry !== "" && matches(entry, target, port));
}
