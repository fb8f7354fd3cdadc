/**
 * A server of the Model Context Protocol whose tools a connector serves: started, asked whether it is there when a call
 * to it was given up, started again with back-off when it has died. Calls and answers never come here.
 */
import { assign, fromCallback, sendTo, setup } from "xstate";
import { type BackoffPolicy, backoffDelay } from "./backoff.js";

/** What the link to the server is told. */
export interface McpLinkCommand {
  /** Ask the server whether it is there. */
  readonly type: "ask";
}

/** What the chart of a server takes. */
export type McpServerEvent =
  /** It has told what tools it has. */
  | { readonly type: "link.ready" }
  /** It has answered the question whether it is there. */
  | { readonly type: "link.answered" }
  /** It is gone, or could not be started. */
  | { readonly type: "link.ended"; readonly detail: string }
  /** It is there, and does not know the session any more. */
  | { readonly type: "session.forgotten" }
  /** A call was given up before it was answered. */
  | { readonly type: "call.late" }
  /** End it for good. */
  | { readonly type: "close" };

/** The numbers that it lives by. */
export interface McpServerPolicy {
  /** How long it may take to start and to tell its tools, in ms. */
  readonly startTimeoutMs: number;
  /** How long it may take to say that it is there, in ms. */
  readonly answerTimeoutMs: number;
  /** After so long without a fault it counts as sound, in ms. */
  readonly stableMs: number;
  /** Between two starts. */
  readonly backoff: BackoffPolicy;
}

/** What the chart of a server is started with. */
export interface McpServerInput {
  /** The numbers that it lives by. */
  readonly policy: McpServerPolicy;
  /** From 0 to 1. */
  readonly random: () => number;
}

interface McpServerContext extends McpServerInput {
  /** Starts since it was last sound. */
  readonly attempt: number;
  readonly backoffMs: number;
  /** Why it is not there, in words that callers may read. */
  readonly detail: string;
}

const missing = fromCallback<McpLinkCommand>(() => {
  throw new Error("The machine of an MCP server has no link: give it one with provide().");
});

/**
 * The life of a server of the Model Context Protocol.
 *
 * @example
 * ```ts
 * import { defaultPolicy, type McpLinkCommand, mcpServerMachine } from "mooring/machines";
 * import { createActor, fromCallback } from "xstate";
 *
 * const link = fromCallback<McpLinkCommand>(({ sendBack }) => sendBack({ type: "link.ready" }));
 * const policy = { startTimeoutMs: 30_000, answerTimeoutMs: 5_000, stableMs: 30_000, backoff: defaultPolicy.backoff };
 * const input = { policy, random: Math.random };
 * const server = createActor(mcpServerMachine.provide({ actors: { link } }), { input });
 * server.subscribe((snapshot) => console.log(snapshot.value));
 * server.start();
 * ```
 */
export const mcpServerMachine = setup({
  types: {
    input: {} as McpServerInput,
    context: {} as McpServerContext,
    events: {} as McpServerEvent,
    tags: {} as "ready",
    children: {} as { link: "link" },
  },
  actors: { link: missing },
  delays: {
    startTimeout: ({ context }) => context.policy.startTimeoutMs,
    answerTimeout: ({ context }) => context.policy.answerTimeoutMs,
    stable: ({ context }) => context.policy.stableMs,
    backoff: ({ context }) => context.backoffMs,
  },
  actions: {
    ask: sendTo("link", { type: "ask" }),
    lose: assign(({ context: { attempt, policy, random } }, { detail }: { detail: string }) => ({
      detail,
      attempt: attempt + 1,
      backoffMs: backoffDelay(policy.backoff, attempt + 1, random),
    })),
    forgiveFaults: assign({ attempt: 0 }),
  },
}).createMachine({
  id: "mcpServer",
  description: "the life of a server of the Model Context Protocol whose tools a connector serves",
  context: ({ input }) => ({ ...input, attempt: 0, backoffMs: 0, detail: "" }),
  initial: "live",
  on: { "call.late": {}, "session.forgotten": {}, close: ".closed" },
  states: {
    live: {
      description: "its process or connection is there, or on its way",
      invoke: {
        id: "link",
        src: "link",
        onError: { target: "waiting", actions: { type: "lose", params: { detail: "it cannot be started" } } },
      },
      initial: "starting",
      on: {
        "link.ended": { target: "waiting", actions: { type: "lose", params: ({ event }) => event } },
        "session.forgotten": { target: ".renewing", reenter: true },
      },
      states: {
        starting: {
          description: "starts, shakes hands, tells its tools",
          on: { "link.ready": "serving", "session.forgotten": {} },
          after: {
            startTimeout: {
              target: "#mcpServer.waiting",
              actions: { type: "lose", params: { detail: "it did not tell its tools in time" } },
            },
          },
        },
        renewing: {
          description: "has forgotten the session: another is opened; calls wait for it",
          on: { "link.ready": "serving", "session.forgotten": {} },
          after: {
            startTimeout: {
              target: "#mcpServer.waiting",
              actions: { type: "lose", params: { detail: "it did not tell its tools in time" } },
            },
          },
        },
        serving: {
          description: "takes calls",
          tags: "ready",
          after: { stable: { actions: "forgiveFaults" } },
          initial: "heard",
          states: {
            heard: { description: "nothing speaks against it", on: { "call.late": "asked" } },
            asked: {
              description: "a call was given up: asked whether it is there",
              entry: "ask",
              on: { "link.answered": "heard" },
              after: {
                answerTimeout: {
                  target: "#mcpServer.waiting",
                  actions: { type: "lose", params: { detail: "it does not answer any more" } },
                },
              },
            },
          },
        },
      },
    },
    waiting: { description: "gone: started again after a while", after: { backoff: "live" } },
    closed: { type: "final", description: "ended by its connector" },
  },
});
