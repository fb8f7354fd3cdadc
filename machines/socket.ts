/**
 * The life of one WebSocket that carries the registrations of a tenant: dialled, joined, asked now and then whether its
 * peer is there, left in order. What travels on it never comes here.
 */
import { assign, fromCallback, sendTo, setup } from "xstate";
import { type SocketPolicy, socketDelays } from "./socket-delays.js";

/** What the line, which is the socket itself, is told. */
export type LineCommand =
  /** Join the channel that carries messages. */
  | { readonly type: "join" }
  /** Ask the peer whether it is there. */
  | { readonly type: "beat" }
  /** Nothing was heard: look once more at what has come. A loop that was blocked sees its timers first. */
  | { readonly type: "look" }
  /** Leave the channel, then close. */
  | { readonly type: "leave" };

/** What a socket takes. */
export type SocketEvent =
  /** The upgrade was accepted. */
  | { readonly type: "line.opened" }
  /** The channel is open. */
  | { readonly type: "line.joined" }
  /** The peer has answered the question whether it is there. */
  | { readonly type: "line.beatAnswered" }
  /** It has looked, and no answer is there. */
  | { readonly type: "line.silent" }
  /** Nothing more comes, and nothing more goes out. */
  | { readonly type: "line.ended" }
  /** Something that should have come has not: ask now whether the peer is there. */
  | { readonly type: "ask" }
  /** Take no further registrations. */
  | { readonly type: "retire" }
  /** This side does not read for a while, so it hears no answer. */
  | { readonly type: "reading.held" }
  /** It reads again. */
  | { readonly type: "reading.resumed" }
  /** End in order. */
  | { readonly type: "leave" };

/**
 * Why a socket is over: it `ended` by the peer or on the way, was `left` by this side, was not `connected` or `joined`
 * in time, or is `deaf`.
 */
export type SocketEnd = "ended" | "left" | "connect-late" | "join-late" | "deaf";

interface SocketContext {
  readonly policy: SocketPolicy;
  readonly end: SocketEnd | null;
}

const missing = fromCallback<LineCommand>(() => {
  throw new Error("The socket machine has no line: give it one with provide().");
});

/**
 * Dials, joins, and finds out when its peer is gone.
 *
 * @example
 * ```ts
 * import { type LineCommand, socketMachine } from "mooring/machines";
 * import { createActor, fromCallback } from "xstate";
 *
 * const line = fromCallback<LineCommand>(({ sendBack, receive }) => {
 *   receive(({ type }) => {
 *     if (type === "join") sendBack({ type: "line.joined" });
 *   });
 *   sendBack({ type: "line.opened" });
 * });
 * const policy = {
 *   connectTimeoutMs: 10_000,
 *   joinTimeoutMs: 5_000,
 *   beatIntervalMs: 25_000,
 *   beatTimeoutMs: 10_000,
 *   leaveTimeoutMs: 1_000,
 * };
 * const socket = createActor(socketMachine.provide({ actors: { line } }), { input: { policy } });
 * socket.subscribe(({ value }) => console.log(value));
 * socket.start();
 * ```
 */
export const socketMachine = setup({
  types: {
    input: {} as { readonly policy: SocketPolicy },
    context: {} as SocketContext,
    events: {} as SocketEvent,
    tags: {} as "dialling" | "ready" | "draining",
    children: {} as { line: "line" },
  },
  actors: { line: missing },
  delays: socketDelays,
  actions: {
    join: sendTo("line", { type: "join" }),
    beat: sendTo("line", { type: "beat" }),
    look: sendTo("line", { type: "look" }),
    sayFarewell: sendTo("line", { type: "leave" }),
    endAs: assign((_, params: { readonly end: SocketEnd }) => ({ end: params.end })),
  },
}).createMachine({
  id: "socket",
  description: "the life of one WebSocket: dialled, joined, asked whether its peer is there, left",
  context: ({ input }) => ({ policy: input.policy, end: null }),
  initial: "live",
  states: {
    live: {
      description: "the socket is there, or on its way",
      invoke: {
        id: "line",
        src: "line",
        onError: { target: "closed", actions: { type: "endAs", params: { end: "ended" } } },
      },
      initial: "dialling",
      on: {
        "line.ended": { target: "closed", actions: { type: "endAs", params: { end: "ended" } } },
      },
      states: {
        dialling: {
          description: "TCP, a proxy, TLS and the upgrade",
          tags: "dialling",
          on: {
            "line.opened": "joining",
            leave: { target: "#socket.closed", actions: { type: "endAs", params: { end: "left" } } },
          },
          after: {
            connectTimeout: {
              target: "#socket.closed",
              actions: { type: "endAs", params: { end: "connect-late" } },
            },
          },
        },
        joining: {
          description: "it has asked for the channel that carries messages",
          tags: "dialling",
          entry: "join",
          on: {
            "line.joined": "joined",
            leave: { target: "#socket.closed", actions: { type: "endAs", params: { end: "left" } } },
          },
          after: {
            joinTimeout: {
              target: "#socket.closed",
              actions: { type: "endAs", params: { end: "join-late" } },
            },
          },
        },
        joined: {
          description: "carries registrations",
          type: "parallel",
          on: { leave: "leaving" },
          states: {
            places: {
              description: "whether further registrations come on it",
              initial: "open",
              states: {
                open: { tags: "ready", description: "takes further ones", on: { retire: "retired" } },
                retired: { tags: "draining", description: "those on it stay, and no more come" },
              },
            },
            peer: {
              description: "whether the peer is there",
              initial: "heard",
              states: {
                heard: {
                  description: "it has answered",
                  on: { ask: "asked", "reading.held": "unheard" },
                  after: { beatInterval: "asked" },
                },
                asked: {
                  description: "asked, and not answered yet",
                  entry: "beat",
                  on: { "line.beatAnswered": "heard", "reading.held": "unheard" },
                  after: { beatTimeout: "late" },
                },
                late: {
                  description: "no answer within the timeout, as far as is known",
                  entry: "look",
                  on: {
                    "line.beatAnswered": "heard",
                    "line.silent": {
                      target: "#socket.closed",
                      actions: { type: "endAs", params: { end: "deaf" } },
                    },
                  },
                },
                unheard: {
                  description: "this side does not read, so no answer would be heard",
                  on: { "reading.resumed": "asked" },
                },
              },
            },
          },
        },
        leaving: {
          description: "leaves the channel and closes, in order",
          tags: "draining",
          entry: "sayFarewell",
          on: {
            "line.ended": {
              target: "#socket.closed",
              actions: { type: "endAs", params: { end: "left" } },
            },
          },
          after: {
            leaveTimeout: { target: "#socket.closed", actions: { type: "endAs", params: { end: "left" } } },
          },
        },
      },
    },
    closed: { type: "final", description: "over" },
  },
});
