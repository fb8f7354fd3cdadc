/** Serves the tools of connectors to clients of the Model Context Protocol, on stdin and stdout. */
import type { ServerContext } from "@modelcontextprotocol/server";
import type { Connector } from "../connectors/connector.js";
import { textOf } from "../errors.js";
import { type Logger, silentLogger } from "../logger.js";
import { checkOptions } from "../options/check.js";
import { packageVersion } from "../version.js";
import { type Offered, offeredBy } from "./offered.js";
import { answered } from "./offered-call.js";
import { type ServeMcpOptions, serveMcpCall } from "./options.js";
import { loadServer, type ServerLibrary } from "./peer.js";

/** The newest list: connectors may change theirs. */
class Offers {
  readonly #connectors: readonly Connector[];
  readonly #logger: Logger;
  #offered: Offered;

  constructor(connectors: readonly Connector[], logger: Logger) {
    this.#connectors = connectors;
    this.#logger = logger;
    this.#offered = offeredBy(connectors);
  }

  get now(): Offered {
    return this.#offered;
  }

  watch(changed: () => void): () => void {
    const leave = this.#connectors.map((one) => one.description?.watch(() => this.#renew(changed)));
    return () => {
      for (const stop of leave) stop?.();
    };
  }

  #renew(changed: () => void): void {
    try {
      this.#offered = offeredBy(this.#connectors);
    } catch (error) {
      this.#logger.error(
        { error: textOf(error) },
        "the new list of tools cannot be offered; the last one stays",
      );
      return;
    }
    changed();
  }
}

function progressTo(context: ServerContext, logger: Logger) {
  const progressToken = context.mcpReq._meta?.progressToken;
  let steps = 0;
  return ({
    progress,
    total,
    message,
  }: {
    progress?: number | undefined;
    total?: number | undefined;
    message?: string | undefined;
  }) => {
    steps += 1;
    if (progressToken === undefined) return;
    const params = {
      progressToken,
      progress: progress ?? steps,
      ...(total === undefined ? {} : { total }),
      ...(message === undefined ? {} : { message }),
    };
    context.mcpReq
      .notify({ method: "notifications/progress", params })
      .catch((error: unknown) => logger.debug({ error: textOf(error) }, "a client hears no progress"));
  };
}

function serverWith(library: ServerLibrary, offers: Offers, options: ServeMcpOptions) {
  const { name = "mooring", version = packageVersion, logger = silentLogger } = options;
  const server = new library.Server({ name, version }, { capabilities: { tools: { listChanged: true } } });
  server.setRequestHandler("tools/list", () => ({ tools: offers.now.tools.map((tool) => ({ ...tool })) }));
  server.setRequestHandler("tools/call", async ({ params }, context) => {
    const connector = offers.now.byName.get(params.name);
    if (!connector)
      throw new library.ProtocolError(
        library.ProtocolErrorCode.InvalidParams,
        "there is no such tool; tools/list has them all",
      );
    const call = {
      id: String(context.mcpReq.id),
      name: params.name,
      args: params.arguments,
      signal: context.mcpReq.signal,
      progress: progressTo(context, logger),
    };
    return { ...(await answered(connector, call, logger)) };
  });
  const leave = offers.watch(() => {
    server.sendToolListChanged().catch((error: unknown) => {
      logger.debug({ error: textOf(error) }, "a client hears of no change");
    });
  });
  server.onclose = leave;
  return server;
}

/**
 * Serves the tools of connectors to one client of the Model Context Protocol, on stdin and stdout, until it has gone.
 * Rejects with INVALID_CONFIG without tools, for two of one name, and without the package `@modelcontextprotocol/server`.
 *
 * @example
 * ```ts
 * import { defineTool, jsonSchema, toolConnector } from "mooring";
 * import { serveMcp } from "mooring/mcp";
 *
 * const now = defineTool({
 *   name: "now",
 *   description: "The time",
 *   input: jsonSchema({ type: "object" }),
 *   run: () => ({ now: new Date().toISOString() }),
 * });
 * await serveMcp([toolConnector("clock", [now])]);
 * ```
 */
export async function serveMcp(
  connectors: readonly Connector[],
  options: ServeMcpOptions = {},
): Promise<void> {
  checkOptions(options, serveMcpCall);
  const { logger = silentLogger } = options;
  const offers = new Offers(connectors, logger);
  const library = await loadServer();
  const gone = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve);
    process.stdin.once("close", resolve);
  });
  const handle = library.serveStdio(() => serverWith(library, offers, options), {
    onerror: (error) => logger.warn({ error: textOf(error) }, "a client's message cannot be taken"),
  });
  await gone;
  await handle.close();
}
