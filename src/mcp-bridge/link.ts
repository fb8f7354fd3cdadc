/** One start of a server of the Model Context Protocol: the process or the address, the handshake, its tools, calls. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import type { Client, McpSubscription, Transport } from "@modelcontextprotocol/client";
import { ToolError } from "../connectors/tools/tool-error.js";
import { textOf } from "../errors.js";
import type { Logger } from "../logger.js";
import { packageVersion } from "../version.js";
import { CommandTransport } from "./command-transport.js";
import { cutOffMessage, HttpTransport } from "./http-transport.js";
import type { McpConnectorOptions } from "./options.js";
import type { ClientLibrary } from "./peer.js";
import type { McpAnswer } from "./results.js";

/** A tool as the server tells it. */
export interface McpTool {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly inputSchema: { readonly [keyword: string]: unknown };
  readonly outputSchema?: { readonly [keyword: string]: unknown } | undefined;
  readonly annotations?: { readonly [name: string]: unknown } | undefined;
}

export interface McpProgress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

export interface LinkListener {
  /** Its process or connection is gone. */
  ended(): void;
  /** The server is there, and knows nothing of its session. */
  forgotten(): void;
  /** Its list of tools has changed. */
  changed(tools: readonly McpTool[]): void;
}

export interface CallOptions {
  readonly signal: AbortSignal;
  /** For the library's own limit, in ms: the signal comes before. */
  readonly timeoutMs: number;
  progress(progress: McpProgress): void;
}

/** The server did not run the call: it may be made again in a new session. */
export class ForgottenSession extends ToolError {
  constructor() {
    super("UNAVAILABLE", "the MCP server has forgotten its session");
  }
}

/** Of a line on stderr so much is logged. */
const mostLine = 1_000;

/** How long notices of a change are waited for, in ms: the list is asked for once after several. */
const settleMs = 100;

/** The end of a process may take longer than its last words; a timer that overflows would fire at once. */
const mostTimerMs = 2 ** 31 - 1;

/** Before a stream of notices that was cut is asked for again, in ms. */
const listenAgainMs = 1_000;

/** How long a server may take to hear that a session is over, in ms. */
const farewellMs = 1_000;

function logLines(stderr: Readable, logger: Logger): void {
  createInterface({ input: stderr }).on("line", (line) =>
    logger.info({ stderr: line.slice(0, mostLine) }, "an MCP server says"),
  );
}

function transportOf(library: ClientLibrary, options: McpConnectorOptions, logger: Logger): Transport {
  const { command, args = [], env, cwd, url, headers } = options;
  if (url !== undefined) return new HttpTransport(library, url, headers);
  const given = { args: [...args], env: { ...library.getDefaultEnvironment(), ...env } };
  const program = { command: command ?? "", ...given, ...(cwd === undefined ? {} : { cwd }) };
  if (process.platform !== "win32")
    return new CommandTransport(library, program, (stderr) => logLines(stderr, logger));
  // Of its own class the library starts another process, only to ask which revision the server speaks.
  class AskedInPlace extends library.StdioClientTransport {}
  const transport = new AskedInPlace({ ...program, stderr: "pipe" });
  if (transport.stderr) logLines(transport.stderr as Readable, logger);
  return transport;
}

interface Surroundings {
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

interface OpenedLink {
  readonly link: Link;
  readonly tools: readonly McpTool[];
}

const clientOf = (
  library: ClientLibrary,
  listener: LinkListener,
  logger: Logger,
  mode: "auto" | "legacy",
): Client =>
  new library.Client(
    { name: "mooring", version: packageVersion },
    {
      versionNegotiation: { mode },
      listChanged: {
        tools: {
          debounceMs: settleMs,
          onChanged: (error, tools) => {
            if (error)
              logger.warn({ error: textOf(error) }, "an MCP server does not tell its new list of tools");
            else if (tools) listener.changed(tools);
          },
        },
      },
    },
  );

function isOfEarlierRevision({ SdkError, SdkErrorCode }: ClientLibrary, error: unknown): boolean {
  return SdkError.isInstance(error) && error.code === SdkErrorCode.EraNegotiationFailed;
}

/** Open until its server ends or `close` is called. */
export class Link {
  readonly #library: ClientLibrary;
  readonly #client: Client;
  readonly #listener: LinkListener;
  readonly #http: HttpTransport | undefined;

  private constructor(
    library: ClientLibrary,
    client: Client,
    listener: LinkListener,
    http: HttpTransport | undefined,
  ) {
    this.#library = library;
    this.#client = client;
    this.#listener = listener;
    this.#http = http;
  }

  /** Rejects when the server cannot be started, and when the signal is aborted. */
  static async open(
    library: ClientLibrary,
    options: McpConnectorOptions,
    listener: LinkListener,
    around: Surroundings,
  ): Promise<OpenedLink> {
    try {
      return await Link.#opened(library, options, listener, around, "auto");
    } catch (error) {
      if (!isOfEarlierRevision(library, error)) throw error;
      // A server of an earlier revision may end when it is asked what it does not know.
      around.signal.throwIfAborted();
      return Link.#opened(library, options, listener, around, "legacy");
    }
  }

  static async #opened(
    library: ClientLibrary,
    options: McpConnectorOptions,
    listener: LinkListener,
    { signal, logger }: Surroundings,
    mode: "auto" | "legacy",
  ): Promise<OpenedLink> {
    const client = clientOf(library, listener, logger, mode);
    const transport = transportOf(library, options, logger);
    const http = transport instanceof HttpTransport ? transport : undefined;
    const link = new Link(library, client, listener, http);
    const giveUp = () => void client.close();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      await client.connect(transport, { signal, timeout: mostTimerMs });
      client.onclose = () => listener.ended();
      // The stream of notices meets it first while nobody calls.
      client.onerror = (error) => link.#isForgotten(error) && listener.forgotten();
      const { tools } = await client.listTools({}, { signal, timeout: mostTimerMs });
      const notices = client.autoOpenedSubscription;
      if (notices) link.#followNotices(notices, signal).catch(() => !signal.aborted && listener.ended());
      return { link, tools };
    } catch (error) {
      // Before closing ends it.
      const end = transport instanceof CommandTransport ? transport.end : undefined;
      await client.close();
      throw end === undefined || isOfEarlierRevision(library, error)
        ? error
        : new Error(end, { cause: error });
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  get server(): { readonly name: string; readonly version: string } | undefined {
    return this.#client.getServerVersion();
  }

  /** Rejects with ToolError; with the signal's reason when that was aborted, and the server is told. */
  async call(
    name: string,
    args: Record<string, unknown>,
    { signal, timeoutMs, progress }: CallOptions,
  ): Promise<McpAnswer> {
    try {
      return await this.#client.callTool(
        { name, arguments: args },
        { signal, timeout: Math.min(timeoutMs, mostTimerMs), onprogress: progress },
      );
    } catch (error) {
      signal.throwIfAborted();
      throw this.#failure(error);
    }
  }

  /** Whether it is there: rejects when it does not say so. */
  async ask(signal: AbortSignal): Promise<void> {
    const options = { signal, timeout: mostTimerMs };
    if (this.#client.getProtocolEra() === "modern") await this.#client.discover(options);
    else await this.#client.ping(options);
  }

  async close(): Promise<void> {
    // Of a session that the server has forgotten, or that it does not let clients end, there is nothing to tell.
    const told = this.#http?.endSession().catch(() => {});
    if (told) await Promise.race([told, wait(farewellMs, undefined, { ref: false })]);
    await this.#client.close();
  }

  /** Over HTTP they come on a stream of their own, which ends alone. Rejects when the server does not open another. */
  async #followNotices(first: McpSubscription, signal: AbortSignal): Promise<void> {
    let notices = first;
    while ((await notices.closed) !== "local") {
      await wait(listenAgainMs, undefined, { ref: false, signal });
      notices = await this.#client.listen({ toolsListChanged: true }, { signal, timeout: mostTimerMs });
      const { tools } = await this.#client.listTools(
        {},
        { signal, timeout: mostTimerMs, cacheMode: "refresh" },
      );
      this.#listener.changed(tools);
    }
  }

  #isForgotten(error: unknown): boolean {
    const { SdkHttpError } = this.#library;
    return SdkHttpError.isInstance(error) && error.status === 404 && this.#http?.sessionId !== undefined;
  }

  #failure(error: unknown): ToolError {
    const { ProtocolError, ProtocolErrorCode, SdkError, SdkErrorCode } = this.#library;
    if (this.#isForgotten(error)) {
      this.#listener.forgotten();
      return new ForgottenSession();
    }
    if (ProtocolError.isInstance(error)) {
      // The server may be there all the same: something between may have cut this one.
      if (error.message === cutOffMessage)
        return new ToolError("UNAVAILABLE", `${cutOffMessage}; whether the tool ran is not known`);
      if (error.code === ProtocolErrorCode.InvalidParams)
        return new ToolError("INVALID_PARAMS", error.message);
      if (error.code === ProtocolErrorCode.MethodNotFound)
        return new ToolError("UNKNOWN_TOOL", error.message);
      return new ToolError("TOOL_FAILED", error.message);
    }
    if (SdkError.isInstance(error) && error.code === SdkErrorCode.RequestTimeout)
      return new ToolError("TIMEOUT", "the MCP server has not answered in time");
    if (SdkError.isInstance(error) && error.code === SdkErrorCode.InvalidResult)
      return new ToolError("TOOL_FAILED", `the MCP server's answer is not valid: ${error.message}`);
    // Over HTTP nothing but a call that fails says that the server is gone.
    if (this.#http) this.#listener.ended();
    return new ToolError("UNAVAILABLE", "the MCP server went away during the call");
  }
}
