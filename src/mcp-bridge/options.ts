/** Options of `mcpConnector`, and their rows. */
import { invalidConfig } from "../errors.js";
import type { Logger } from "../logger.js";
import { isLoopbackHost } from "../network/loopback.js";
import { type Call, checkOptions } from "../options/check.js";
import { logger, textsByName } from "../options/kinds.js";
import { checkRange } from "../options/ranges.js";
import { type Rows, row, textRow, textsRow, timeRow } from "../options/rows.js";

/** Options of `mcpConnector`: either `command` or `url`. */
export interface McpConnectorOptions {
  /**
   * The program of a server that speaks over stdin and stdout.
   * @default none: `url` is given
   */
  readonly command?: string;
  /**
   * Its arguments.
   * @default none
   */
  readonly args?: readonly string[];
  /**
   * Environment variables for it, beside HOME, PATH, USER and the like: it inherits no others.
   * @default none
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The folder that it runs in.
   * @default that of this process
   */
  readonly cwd?: string;
  /**
   * Address of a server that speaks streamable HTTP.
   * @default none: `command` is given
   */
  readonly url?: string;
  /**
   * Header fields of each HTTP request, such as `authorization`.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * The connector's type.
   * @default the server's name, in letters that a type may have
   */
  readonly type?: string;
  /**
   * Names of the tools to serve.
   * @default all that the server has
   */
  readonly tools?: readonly string[];
  /**
   * Texts shown with the connector.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * Limit for one call, also advertised.
   * @default 60,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * How long the server may take to start and to tell its tools.
   * @default 30,000 ms
   */
  readonly startTimeoutMs?: number;
  /**
   * Any pino-like logger: what the server writes to stderr, and how it stands.
   * @default silent
   */
  readonly logger?: Logger;
}

/** Of `mcpConnector`. */
export const mcpConnectorCall = {
  name: "mcpConnector()",
  table: {
    command: textRow({
      says: "The program of a server that speaks over stdin and stdout.",
      usually: "none: `url` is given",
    }),
    args: textsRow({ says: "Its arguments.", usually: "none" }),
    env: row(textsByName, {
      says: "Environment variables for it, beside HOME, PATH, USER and the like: it inherits no others.",
      usually: "none",
    }),
    cwd: textRow({ says: "The folder that it runs in.", usually: "that of this process" }),
    url: textRow({
      says: "Address of a server that speaks streamable HTTP.",
      usually: "none: `command` is given",
    }),
    headers: row(textsByName, {
      says: "Header fields of each HTTP request, such as `authorization`.",
      usually: "none",
    }),
    type: textRow({
      says: "The connector's type.",
      usually: "the server's name, in letters that a type may have",
    }),
    tools: textsRow({ says: "Names of the tools to serve.", usually: "all that the server has" }),
    metadata: row(textsByName, { says: "Texts shown with the connector.", usually: "none" }),
    timeoutMs: timeRow(1, { says: "Limit for one call, also advertised.", default: 60_000 }),
    startTimeoutMs: timeRow(1, {
      says: "How long the server may take to start and to tell its tools.",
      default: 30_000,
    }),
    logger: row(logger, {
      takes: "logger",
      says: "Any pino-like logger: what the server writes to stderr, and how it stands.",
      usually: "silent",
    }),
  } satisfies Rows<McpConnectorOptions>,
} satisfies Call;

/** Options of `serveMcp`. */
export interface ServeMcpOptions {
  /**
   * What clients are told they speak to.
   * @default `mooring`
   */
  readonly name?: string;
  /**
   * Its version.
   * @default that of this package
   */
  readonly version?: string;
  /**
   * Any pino-like logger: handlers get it. It must not write to stdout, which carries the protocol.
   * @default silent
   */
  readonly logger?: Logger;
}

/** Of `serveMcp`. */
export const serveMcpCall = {
  name: "serveMcp()",
  table: {
    name: textRow({ says: "What clients are told they speak to.", usually: "`mooring`" }),
    version: textRow({ says: "Its version.", usually: "that of this package" }),
    logger: row(logger, {
      takes: "logger",
      says: "Any pino-like logger: handlers get it. It must not write to stdout, which carries the protocol.",
      usually: "silent",
    }),
  } satisfies Rows<ServeMcpOptions>,
} satisfies Call;

const ofCommand = ["args", "env", "cwd"] as const;

function checkUrl(text: string, headers: McpConnectorOptions["headers"]): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol))
    throw invalidConfig("url must be an address such as https://mcp.example.com/mcp.");
  if (url.username || url.password)
    throw invalidConfig("url must not hold a name or a password: give headers.authorization.");
  if (url.protocol === "http:" && headers && Object.keys(headers).length > 0 && !isLoopbackHost(url.hostname))
    throw invalidConfig("headers would travel in the clear: give an https:// address in url.");
}

/** Throws INVALID_CONFIG for what cannot be used. */
export function checkMcpOptions(options: McpConnectorOptions): void {
  checkOptions(options, mcpConnectorCall);
  const { command, url, headers } = options;
  if ((command === undefined) === (url === undefined))
    throw invalidConfig(
      'mcpConnector() takes either command or url: command: "my-server", or url: "https://mcp.example.com/mcp".',
    );
  if (command !== undefined && !command.trim())
    throw invalidConfig("command is empty: give the program of the server.");
  if (url !== undefined) {
    const wrong = ofCommand.find((name) => options[name] !== undefined);
    if (wrong) throw invalidConfig(`${wrong} goes with command, not with url.`);
    checkUrl(url, headers);
  } else if (headers !== undefined) throw invalidConfig("headers go with url, not with command.");
  const { timeoutMs, startTimeoutMs } = mcpConnectorCall.table;
  checkRange("timeoutMs", options.timeoutMs, timeoutMs);
  checkRange("startTimeoutMs", options.startTimeoutMs, startTimeoutMs);
}
