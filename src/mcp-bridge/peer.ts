/** The protocol's own library, which programs install that serve or ask servers of the Model Context Protocol. */
import { loadPeer } from "../optional-peers.js";

export type ClientLibrary = typeof import("@modelcontextprotocol/client") &
  typeof import("@modelcontextprotocol/client/stdio");
export type ServerLibrary = typeof import("@modelcontextprotocol/server") &
  typeof import("@modelcontextprotocol/server/stdio");

const asking = "mcpConnector()";
const serving = "mooring mcp-serve";

/** Rejects with INVALID_CONFIG, which says what to install, when it is not there. */
export const loadClient = async (): Promise<ClientLibrary> => ({
  ...(await loadPeer("@modelcontextprotocol/client", asking)),
  ...(await loadPeer("@modelcontextprotocol/client/stdio", asking)),
});

/** The same, of the side that serves. */
export const loadServer = async (): Promise<ServerLibrary> => ({
  ...(await loadPeer("@modelcontextprotocol/server", serving)),
  ...(await loadPeer("@modelcontextprotocol/server/stdio", serving)),
});
