/** A connector of an MCP server at an embedded gateway. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRuntime, type Logger } from "mooring";
import { startGateway } from "mooring/gateway";
import { type McpConnectorOptions, mcpConnector } from "mooring/mcp";
import { onTestFinished } from "vitest";

export const double = fileURLToPath(new URL("./double.mjs", import.meta.url));

/** The file behind a command in node_modules. */
export const published = (name: string): string =>
  fileURLToPath(new URL(`../../node_modules/@modelcontextprotocol/${name}/dist/index.js`, import.meta.url));

export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "mooring-mcp-"));

/** All that was logged, a line each. */
export function logged() {
  const lines: string[] = [];
  const put = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { debug: put, info: put, warn: put, error: put };
  return { lines, logger };
}

export async function bridged(args: readonly string[], options: McpConnectorOptions = {}) {
  const { lines, logger } = logged();
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const connector = await mcpConnector({
    ...(options.url === undefined ? { command: process.execPath, args } : {}),
    logger,
    ...options,
  });
  onTestFinished(() => connector.close());
  const runtime = createRuntime({ url: gateway.url, logger });
  onTestFinished(() => runtime.close());
  const { key } = runtime.add({ tenantId: "acme", instanceId: "one", connector });
  await runtime.start();
  const ask = (capabilityId: string, parameters: unknown = {}, more = {}) =>
    gateway.execute(key, { capabilityId, payload: { tool: capabilityId, parameters }, ...more });
  const call = async (tool: string, parameters: unknown = {}) => (await ask(tool, parameters)).json();
  const tools = () => gateway.registrations().flatMap((one) => one.tools);
  return { gateway, runtime, connector, key, lines, ask, call, tools };
}
