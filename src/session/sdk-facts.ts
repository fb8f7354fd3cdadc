/** The `sdk.*` facts about this process (docs/protocol.md, "Facts about the process"). Collected once. */
import { hostname } from "node:os";
import { packageVersion } from "../version.js";

const systems: Readonly<Record<string, string>> = { darwin: "macos", win32: "windows" };
const architectures: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64", ia32: "x86" };

const processFacts: Readonly<Record<string, string>> = {
  "sdk.version": packageVersion,
  "sdk.language": "typescript",
  "sdk.os": systems[process.platform] ?? process.platform,
  "sdk.arch": architectures[process.arch] ?? process.arch,
  "sdk.os_family": process.platform === "win32" ? "windows" : "unix",
  "sdk.node_version": process.versions.node,
  "sdk.debug": String(process.env.NODE_ENV === "development"),
  "sdk.pid": String(process.pid),
  ...(hostname() ? { "sdk.hostname": hostname() } : {}),
};

const collected = new Map<string, Readonly<Record<string, string>>>();

/** With the facts of the transport in use; the same object for the same transport. */
export function sdkFacts({
  kind,
  tls,
}: {
  readonly kind: string;
  readonly tls: boolean;
}): Readonly<Record<string, string>> {
  const name = `${kind} ${tls}`;
  const known = collected.get(name);
  if (known) return known;
  const facts = { ...processFacts, "sdk.transport": kind, "sdk.tls": String(tls) };
  collected.set(name, facts);
  return facts;
}
