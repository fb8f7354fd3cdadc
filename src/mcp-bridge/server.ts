/** The chart of a server with its link: who calls asks for the link, which is there while the server serves. */
import { setTimeout as wait } from "node:timers/promises";
import { type Actor, createActor, fromCallback, waitFor } from "xstate";
import { type McpLinkCommand, type McpServerPolicy, mcpServerMachine } from "../../machines/mcp-server.js";
import { defaultPolicy } from "../../machines/policy.js";
import { ToolError } from "../connectors/tools/tool-error.js";
import { MooringError } from "../errors.js";
import type { Logger } from "../logger.js";
import { type CallOptions, ForgottenSession, Link, type McpTool } from "./link.js";
import { type McpConnectorOptions, mcpConnectorCall } from "./options.js";
import type { ClientLibrary } from "./peer.js";
import type { McpAnswer } from "./results.js";
import { startFailureText } from "./start-failure.js";

const policyOf = ({ startTimeoutMs }: McpConnectorOptions): McpServerPolicy => ({
  startTimeoutMs: startTimeoutMs ?? mcpConnectorCall.table.startTimeoutMs.default,
  answerTimeoutMs: 5_000,
  stableMs: 30_000,
  backoff: defaultPolicy.backoff,
});

/** How long closing waits for a server to end, in ms: the library kills one that does not. */
const patienceMs = 10_000;

export class McpServer {
  readonly #library: ClientLibrary;
  readonly #options: McpConnectorOptions;
  readonly #logger: Logger;
  readonly #told: (tools: readonly McpTool[]) => void;
  readonly #actor: Actor<typeof mcpServerMachine>;
  readonly #closing = new Set<Promise<unknown>>();
  #link: Link | undefined;
  /** Why the last start failed, for the log and whoever started it. */
  #detail = "";

  /** `told`: of its tools, at each start and each change. */
  constructor(
    library: ClientLibrary,
    options: McpConnectorOptions,
    logger: Logger,
    told: (tools: readonly McpTool[]) => void,
  ) {
    this.#library = library;
    this.#options = options;
    this.#logger = logger;
    this.#told = told;
    const machine = mcpServerMachine.provide({ actors: { link: this.#port() } });
    this.#actor = createActor(machine, { input: { policy: policyOf(options), random: Math.random } });
  }

  /** Resolves when it has told its tools. Rejects with CONNECTION_ERROR when the first start fails. */
  async start(): Promise<Link> {
    let heard = false;
    this.#actor.subscribe((snapshot) => {
      const isThere = snapshot.hasTag("ready");
      if (isThere === heard) return;
      heard = isThere;
      const { detail, backoffMs } = snapshot.context;
      if (isThere) this.#logger.info({}, "the MCP server serves");
      else if (snapshot.status === "active")
        this.#logger.warn({ detail, backoffMs }, "the MCP server is gone; it is started again");
    });
    this.#actor.start();
    const { context } = await waitFor(this.#actor, (one) => one.hasTag("ready") || one.matches("waiting"));
    if (this.#link) return this.#link;
    await this.close();
    const { command, url } = this.#options;
    throw new MooringError(
      "CONNECTION_ERROR",
      `The MCP server ${command ?? new URL(url ?? "").origin} does not serve: ${this.#detail || context.detail}.`,
    );
  }

  /**
   * Rejects with ToolError, at once while it is not there. A call that meets a session which the server has forgotten is
   * made once more, in a new one.
   */
  async call(name: string, args: Record<string, unknown>, options: CallOptions): Promise<McpAnswer> {
    try {
      return await (await this.#there(options.signal)).call(name, args, options);
    } catch (error) {
      if (!(error instanceof ForgottenSession)) throw error;
    }
    return (await this.#there(options.signal)).call(name, args, options);
  }

  async #there(signal: AbortSignal): Promise<Link> {
    await waitFor(this.#actor, (one) => !one.matches({ live: "renewing" }), { signal });
    if (this.#link) return this.#link;
    throw new ToolError("UNAVAILABLE", this.blocked() ?? "the MCP server is closed");
  }

  /** In words, why it takes no calls; undefined while it does. */
  blocked(): string | undefined {
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.hasTag("ready")) return undefined;
    const { detail, backoffMs } = snapshot.context;
    if (snapshot.matches("closed")) return "the MCP server is closed";
    const why = detail === "" ? "" : `: ${detail}`;
    const next = snapshot.matches("waiting")
      ? `; it is started again within ${Math.ceil(backoffMs / 1_000)} s`
      : "; it is being started";
    return `the MCP server is not there${why}${next}`;
  }

  /** A call was given up: perhaps it hangs. */
  late(): void {
    if (this.#actor.getSnapshot().status === "active") this.#actor.send({ type: "call.late" });
  }

  /** Ends it; resolves when its process is gone. */
  async close(): Promise<void> {
    if (this.#actor.getSnapshot().status === "active") this.#actor.send({ type: "close" });
    await Promise.race([Promise.allSettled(this.#closing), wait(patienceMs, undefined, { ref: false })]);
  }

  #port() {
    return fromCallback<McpLinkCommand>(({ sendBack, receive }) => {
      const life = new AbortController();
      const ended = (detail: string) => sendBack({ type: "link.ended", detail });
      const listener = {
        ended: () => ended(this.#options.url ? "its connection is gone" : "its process has ended"),
        forgotten: () => {
          if (!life.signal.aborted) sendBack({ type: "session.forgotten" });
        },
        changed: (tools: readonly McpTool[]) => {
          if (!life.signal.aborted) this.#told(tools);
        },
      };
      let link: Link | undefined;
      const opening = Link.open(this.#library, this.#options, listener, {
        signal: life.signal,
        logger: this.#logger,
      }).then(
        (opened) => {
          link = opened.link;
          if (life.signal.aborted) return link.close();
          this.#link = link;
          this.#told(opened.tools);
          sendBack({ type: "link.ready" });
          return undefined;
        },
        (error: unknown) => {
          this.#detail = startFailureText(error);
          if (!life.signal.aborted)
            this.#logger.warn({ error: this.#detail }, "the MCP server cannot be started");
          ended("it cannot be started");
        },
      );
      receive(() => {
        link?.ask(life.signal).then(
          () => sendBack({ type: "link.answered" }),
          // The chart's own limit decides, or its end is told.
          () => {},
        );
      });
      return () => {
        if (this.#link === link) this.#link = undefined;
        life.abort();
        this.#keep(Promise.all([opening, link?.close()]));
      };
    });
  }

  #keep(closing: Promise<unknown>): void {
    this.#closing.add(closing);
    closing.finally(() => this.#closing.delete(closing)).catch(() => {});
  }
}
