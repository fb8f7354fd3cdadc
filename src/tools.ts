/**
 * Packages that only the command line and the embedded gateway need, loaded when first used. The package `mooring-dev`
 * installs them, so that a program that embeds the runtime alone does not carry them.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { invalidConfig } from "./errors.js";
import { packageVersion } from "./version.js";

interface Tools {
  readonly jiti: typeof import("jiti");
  readonly pino: typeof import("pino");
  readonly "oidc-provider": typeof import("oidc-provider");
}

export type ToolName = keyof Tools;

type Loaders = { readonly [Name in ToolName]: () => Promise<Tools[Name]> };

const users: Readonly<Record<ToolName, string>> = {
  jiti: "A module in TypeScript",
  pino: "The log of mooring run",
  "oidc-provider": "The embedded gateway",
};

/** Where a module is that a file could require; undefined when there is none. */
function find(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

/** Beside us, where most package managers put it. */
const findHere = (name: ToolName) => find(name, import.meta.url);

/** As the program sees it: a package manager that keeps folders strict does not show us what the program installed. */
const findOfProgram = () => find("mooring-dev", join(process.cwd(), "package.json"));

/** Whether it can be loaded. Loads nothing. */
export const hasTool = (name: ToolName): boolean => (findHere(name) ?? findOfProgram()) !== undefined;

const notInstalled = (user: string, name: string) =>
  invalidConfig(
    `${user} needs the package "${name}", which is not installed. What a program that embeds the runtime alone does without comes with mooring-dev: npm install --save-dev mooring-dev@${packageVersion}`,
  );

const missing = (name: ToolName) => notInstalled(users[name], name);

/** A folder of mooring-dev. Throws INVALID_CONFIG, which says who needs it and what to install, without mooring-dev. */
export function toolsFolder(name: string, user: string): string {
  const tools = find("mooring-dev", import.meta.url) ?? findOfProgram();
  if (!tools) throw notInstalled(user, "mooring-dev");
  return join(dirname(tools), name);
}

/** The files of the inspector's page; throws as {@link toolsFolder} does. */
export const inspectorFolder = (user = "The inspector's page"): string => toolsFolder("inspector", user);

/** The code of a command that mooring-dev brings; rejects as {@link toolsFolder} throws. */
export const loadCommand = (name: "mcp" | "top" | "inspector"): Promise<unknown> =>
  import(pathToFileURL(join(toolsFolder("commands", `mooring ${name}`), `${name}.js`)).href);

/** Throws INVALID_CONFIG, which says what to install, when the package is not there. Loads nothing. */
export function requireTool(name: ToolName): void {
  if (!hasTool(name)) throw missing(name);
}

/** The module; rejects as {@link requireTool} throws. */
export async function loadTool<Name extends ToolName>(name: Name): Promise<Tools[Name]> {
  if (findHere(name)) return import(name);
  const program = findOfProgram();
  if (!program) throw missing(name);
  const { tools }: { tools: Loaders } = await import(pathToFileURL(program).href);
  return tools[name]();
}
