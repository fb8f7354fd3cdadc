/** The protocol's own library, which programs install that serve or ask servers of the Model Context Protocol. */
import { codeOf, invalidConfig } from "../errors.js";

const version = "2.4.0";

async function loaded<Module>(name: string, user: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND") throw error;
    throw invalidConfig(
      `${user} needs the package "${name}", which is not installed: npm install ${name}@${version}`,
      error,
    );
  }
}

const client = "@modelcontextprotocol/client";
const server = "@modelcontextprotocol/server";

export type ClientLibrary = typeof import("@modelcontextprotocol/client") &
  typeof import("@modelcontextprotocol/client/stdio");
export type ServerLibrary = typeof import("@modelcontextprotocol/server") &
  typeof import("@modelcontextprotocol/server/stdio");

/** Rejects with INVALID_CONFIG, which says what to install, when it is not there. */
export const loadClient = (): Promise<ClientLibrary> =>
  loaded(client, "mcpConnector()", async () => ({
    ...(await import("@modelcontextprotocol/client")),
    ...(await import("@modelcontextprotocol/client/stdio")),
  }));

/** The same, of the side that serves. */
export const loadServer = (): Promise<ServerLibrary> =>
  loaded(server, "mooring mcp-serve", async () => ({
    ...(await import("@modelcontextprotocol/server")),
    ...(await import("@modelcontextprotocol/server/stdio")),
  }));
