/** Serves the tools of any server of the Model Context Protocol as a connector. */
import type { Connector, ConnectorDescription } from "../connectors/connector.js";
import { objectSchema } from "../connectors/schemas/object-schema.js";
import type { Tool } from "../connectors/tools/tool.js";
import { toolConnector } from "../connectors/tools/tool-connector.js";
import type { ToolContext } from "../connectors/tools/tool-context.js";
import { ToolError } from "../connectors/tools/tool-error.js";
import { invalidConfig, MooringError, textOf } from "../errors.js";
import { isObject } from "../is-object.js";
import { silentLogger } from "../logger.js";
import type { McpTool } from "./link.js";
import { checkMcpOptions, type McpConnectorOptions, mcpConnectorCall } from "./options.js";
import { loadClient } from "./peer.js";
import { resultOf } from "./results.js";
import { McpServer } from "./server.js";

/** A connector with a server of its own; `close()` ends that. */
export interface McpConnector extends Connector, AsyncDisposable {
  /** Ends the server, and the calls to it. */
  close(): Promise<void>;
}

/** So many tools are served at most: their schemas go out in one message. */
const mostServed = 1_000;

/** How much longer than the call's own limit the library waits, in ms. */
const graceMs = 1_000;

function parametersOf({ inputSchema: { $schema: _dialect, ...schema } }: McpTool) {
  const found = objectSchema(schema);
  return typeof found === "string" ? { ...schema, type: "object" } : found;
}

function toolOf(server: () => McpServer, told: McpTool): Tool {
  const { name, title, description, outputSchema, annotations } = told;
  return {
    name,
    description: description?.trim() || title?.trim() || name,
    parameters: parametersOf(told),
    ...(outputSchema ? { result: outputSchema } : {}),
    ...(annotations ? { annotations } : {}),
    call: (input, context) => callTool(server(), name, input, context),
  };
}

async function callTool(
  server: McpServer,
  name: string,
  input: unknown,
  context: ToolContext,
): Promise<unknown> {
  if (!isObject(input)) throw new ToolError("INVALID_PARAMS", "the arguments must be an object");
  const { signal, deadline } = context;
  const late = () => server.late();
  signal.addEventListener("abort", late, { once: true });
  try {
    const answer = await server.call(
      name,
      { ...input },
      {
        signal,
        timeoutMs: Math.max(1, deadline - Date.now()) + graceMs,
        progress: (progress) => context.progress(progress),
      },
    );
    return resultOf(answer);
  } finally {
    signal.removeEventListener("abort", late);
  }
}

/** What a type may have of a server's name. */
function typeOf(name: string | undefined): string {
  const type = (name ?? "").replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  return type || "mcp";
}

/** The connector as the newest list of tools has it; the same server behind all of them. */
class Served {
  readonly #options: McpConnectorOptions;
  readonly #listeners = new Set<() => void>();
  #server: McpServer | undefined;
  #tools: readonly McpTool[] = [];
  #current: Connector | undefined;

  constructor(options: McpConnectorOptions) {
    this.#options = options;
  }

  get current(): Connector {
    if (this.#current) return this.#current;
    throw new MooringError("INTERNAL", "The MCP server has told no tools yet.");
  }

  async start(): Promise<McpServer> {
    const { logger = silentLogger } = this.#options;
    const server = new McpServer(await loadClient(), this.#options, logger, (tools) => this.#told(tools));
    this.#server = server;
    const { server: info } = await server.start();
    try {
      this.#current = this.#describedBy(this.#options.type ?? typeOf(info?.name), info?.version);
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #told(tools: readonly McpTool[]): void {
    const wanted = this.#options.tools && new Set(this.#options.tools);
    const before = JSON.stringify(this.#tools);
    const former = this.#tools;
    this.#tools = wanted ? tools.filter(({ name }) => wanted.has(name)) : tools;
    if (!this.#current || JSON.stringify(this.#tools) === before) return;
    const { logger = silentLogger } = this.#options;
    try {
      this.#current = this.#describedBy(this.#current.connectorType, this.#current.version);
    } catch (error) {
      this.#tools = former;
      logger.error(
        { error: textOf(error) },
        "the MCP server's new list of tools cannot be served; the last one stays",
      );
      return;
    }
    logger.info({ tools: this.#tools.length }, "the MCP server's list of tools has changed");
    for (const listener of this.#listeners) listener();
  }

  #describedBy(type: string, version: string | undefined): Connector {
    if (this.#tools.length === 0)
      throw invalidConfig(
        `The MCP server "${type}" has no tools${this.#options.tools ? " of those in tools" : ""}: there is nothing to serve.`,
      );
    if (this.#tools.length > mostServed)
      throw invalidConfig(
        `The MCP server "${type}" has ${this.#tools.length} tools; at most ${mostServed} are served: name them in tools.`,
      );
    const { timeoutMs = mcpConnectorCall.table.timeoutMs.default, metadata } = this.#options;
    const server = () => this.#server ?? notStarted();
    return toolConnector(
      type,
      this.#tools.map((tool) => toolOf(server, tool)),
      { timeoutMs, ...(version ? { version } : {}), ...(metadata ? { metadata } : {}) },
    );
  }
}

function notStarted(): never {
  throw new ToolError("UNAVAILABLE", "the MCP server is not started");
}

/**
 * A connector of the tools that a server of the Model Context Protocol has (docs/mcp.md). Starts the server, which is
 * started again when it dies, and resolves when it has told its tools. Rejects with INVALID_CONFIG for bad options or
 * without the package `@modelcontextprotocol/client`, and with CONNECTION_ERROR when the server does not serve.
 *
 * @example
 * ```ts
 * import { createRuntime } from "mooring";
 * import { mcpConnector } from "mooring/mcp";
 *
 * await using connector = await mcpConnector({ command: "npx", args: ["-y", "@modelcontextprotocol/server-memory"] });
 * await using runtime = createRuntime();
 * runtime.add({ instanceId: "memory-1", connector });
 * await runtime.start();
 * ```
 */
export async function mcpConnector(options: McpConnectorOptions): Promise<McpConnector> {
  checkMcpOptions(options);
  const served = new Served(options);
  const server = await served.start();
  const first: ConnectorDescription = served.current;
  const { timeoutMs } = served.current;
  return {
    connectorType: first.connectorType,
    version: first.version,
    behaviors: first.behaviors,
    supportedEncodings: first.supportedEncodings,
    metadata: first.metadata,
    taskTypes: first.taskTypes,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    description: { current: () => served.current, watch: (listener) => served.watch(listener) },
    execute: (request, context) => served.current.execute(request, context),
    blocked: () => server.blocked(),
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
