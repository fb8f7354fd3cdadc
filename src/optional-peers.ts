/** Packages that a program installs only for what needs them, loaded when that is first used. */
import { codeOf, invalidConfig } from "./errors.js";

interface Modules {
  readonly "@modelcontextprotocol/client": typeof import("@modelcontextprotocol/client");
  readonly "@modelcontextprotocol/client/stdio": typeof import("@modelcontextprotocol/client/stdio");
  readonly "@modelcontextprotocol/server": typeof import("@modelcontextprotocol/server");
  readonly "@modelcontextprotocol/server/stdio": typeof import("@modelcontextprotocol/server/stdio");
  readonly "@nats-io/jetstream": typeof import("@nats-io/jetstream");
  readonly "@nats-io/transport-node": typeof import("@nats-io/transport-node");
  readonly "@opentelemetry/api": typeof import("@opentelemetry/api");
  readonly "apache-arrow": typeof import("apache-arrow");
  readonly hyparquet: typeof import("hyparquet");
  readonly "hyparquet-writer": typeof import("hyparquet-writer");
  readonly msgpackr: typeof import("msgpackr");
  readonly "prom-client": typeof import("prom-client");
}

/** What was tried with; the same stand in `devDependencies`. */
const versions = new Map([
  ["@modelcontextprotocol/client", "2.4.0"],
  ["@modelcontextprotocol/server", "2.4.0"],
  ["@nats-io/jetstream", "3.3.1"],
  ["@nats-io/transport-node", "3.3.1"],
  ["@opentelemetry/api", "1.9.0"],
  ["apache-arrow", "21.2.0"],
  ["hyparquet", "1.33.0"],
  ["hyparquet-writer", "0.17.0"],
  ["msgpackr", "2.1.4"],
  ["prom-client", "15.1.3"],
]);

/** The package that a module is part of. */
const packageOf = (name: string): string => name.split("/", name.startsWith("@") ? 2 : 1).join("/");

function installing(name: string): string {
  const version = versions.get(name);
  return version === undefined ? name : `${name}@${version}`;
}

/** The module. Rejects with INVALID_CONFIG, which says who needs it and what to install. */
export async function loadPeer<Name extends keyof Modules>(name: Name, user: string): Promise<Modules[Name]> {
  try {
    return await import(name);
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
    const missing = packageOf(name);
    throw invalidConfig(
      `${user} needs the package "${missing}", which is not installed: npm install ${installing(missing)}`,
      error,
    );
  }
}
