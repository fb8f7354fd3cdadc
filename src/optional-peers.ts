/** Packages that a program installs only for what needs them, loaded when that is first used. */
import { codeOf, invalidConfig, type MooringError } from "./errors.js";

interface Peers {
  readonly "@opentelemetry/api": typeof import("@opentelemetry/api");
  readonly "prom-client": typeof import("prom-client");
}

type PeerName = keyof Peers;

/** What was tried with; the same stand in `devDependencies`. */
const versions: Readonly<Record<PeerName, string>> = {
  "@opentelemetry/api": "1.9.0",
  "prom-client": "15.1.3",
};

const loaders: { readonly [Name in PeerName]: () => Promise<Peers[Name]> } = {
  "@opentelemetry/api": () => import("@opentelemetry/api"),
  "prom-client": () => import("prom-client"),
};

const notInstalled = (name: PeerName, user: string, cause: unknown): MooringError =>
  invalidConfig(
    `${user} needs the package "${name}", which is not installed: npm install ${name}@${versions[name]}`,
    cause,
  );

/** The module. Rejects with INVALID_CONFIG, which says who needs it and what to install. */
export async function loadPeer<Name extends PeerName>(name: Name, user: string): Promise<Peers[Name]> {
  try {
    return await loaders[name]();
  } catch (error) {
    if (codeOf(error) === "ERR_MODULE_NOT_FOUND") throw notInstalled(name, user, error);
    throw error;
  }
}
