/**
 * Servers of the Model Context Protocol as connectors.
 *
 * @module mooring/mcp
 */
export { type McpConnector, mcpConnector } from "./connector.js";
export type { McpConnectorOptions, ServeMcpOptions } from "./options.js";
export { serveMcp } from "./serve.js";
