/**
 * Which transport leads to a gateway where nobody said it: gRPC, or WebSocket. One choice for all registrations at that
 * gateway. It falls when the gateway itself answers, it holds while a stream that it answered is open, and it is looked
 * at again only after failures in a row.
 */
import { assign, emit, enqueueActions, setup } from "xstate";

/** What a gateway may be dialled with. */
export type Way = "gRPC" | "WebSocket";

/** Why a way did not lead to the gateway, for people. */
export interface WayFailure {
  readonly cause: string;
  /** The peer's code, or Node's. */
  readonly code?: string;
}

/** What the choice is told. */
export type ChoiceEvent =
  /** A stream on this way has its first message: the gateway is at its end. */
  | { readonly type: "way.answered"; readonly way: Way }
  /** A stream that had been answered has ended. */
  | { readonly type: "way.ended"; readonly way: Way }
  /** A try on this way has failed, and not by a word of the gateway's. */
  | {
      readonly type: "way.failed";
      readonly way: Way;
      /** Of the choice, when the try began: what began before the last failure counts with that. */
      readonly round: number;
      /** The stream had opened, and the gateway did not answer on it. */
      readonly hasOpened: boolean;
      readonly failure: WayFailure;
    }
  /** Another thread of this runtime has reached the gateway on this way. `instead`: why not on the other. */
  | { readonly type: "way.told"; readonly way: Way; readonly instead: WayFailure | null };

/** What the choice tells. */
export type ChoiceEmitted =
  /** From now on this way alone is tried. */
  | { readonly type: "choice.made"; readonly way: Way; readonly isTold: boolean }
  /** It has failed so often that the other is tried, too. */
  | { readonly type: "choice.doubted"; readonly way: Way }
  /** Neither leads to the gateway. Said once, until one does. */
  | { readonly type: "choice.vain" };

interface ChoiceContext {
  /** Open streams that the gateway has answered. */
  readonly streams: Readonly<Record<Way, number>>;
  /** How each has failed last, since the search or the doubt began. */
  readonly failed: Readonly<Partial<Record<Way, WayFailure>>>;
  /** Why the one that was not chosen was not; null: it was not needed. */
  readonly instead: WayFailure | null;
  /** Failures in a row of the chosen one. */
  readonly failures: number;
  readonly round: number;
}

interface Of {
  readonly way: Way;
}

/** So many in a row, while no stream is open that the gateway answered: a few may be a gateway that restarts. */
export const failuresUntilDoubt = 3;

export const otherWay: Readonly<Record<Way, Way>> = { gRPC: "WebSocket", WebSocket: "gRPC" };

const isFailureOf = (way: Way, { round }: ChoiceContext, event: ChoiceEvent) =>
  event.type === "way.failed" && event.way === way && event.round === round;

const choice = setup({
  types: {
    context: {} as ChoiceContext,
    events: {} as ChoiceEvent,
    emitted: {} as ChoiceEmitted,
    tags: {} as Way | "both",
  },
  guards: {
    is: ({ event }, { way }: Of) => event.way === way,
    isLast: ({ context, event }, { way }: Of) => event.way === way && context.streams[way] <= 1,
    isFailure: ({ context, event }, { way }: Of) => isFailureOf(way, context, event),
    isTooOften: ({ context, event }, { way }: Of) =>
      isFailureOf(way, context, event) && context.failures + 1 >= failuresUntilDoubt,
    /** It opens and leads nowhere: as the first, it would keep the other from being tried. */
    leadsNowhere: ({ context, event }, { way }: Of) =>
      event.type === "way.failed" && event.hasOpened && isFailureOf(way, context, event),
  },
  actions: {
    count: assign(({ context: { streams }, event: { way } }) => ({
      streams: { ...streams, [way]: streams[way] + 1 },
    })),
    uncount: assign(({ context: { streams }, event: { way } }) => ({
      streams: { ...streams, [way]: Math.max(0, streams[way] - 1) },
    })),
    noteFailure: enqueueActions(({ context: { failed, round }, event, enqueue }) => {
      if (event.type !== "way.failed") return;
      if (!failed[event.way] && failed[otherWay[event.way]]) enqueue.emit({ type: "choice.vain" });
      enqueue.assign({ failed: { ...failed, [event.way]: event.failure }, round: round + 1 });
    }),
    countFailure: assign(({ context }) => ({ failures: context.failures + 1 })),
    forgetFailures: assign({ failures: 0, failed: {} }),
    /** The doubt begins: what the other did before is long ago. */
    forgetOther: assign(({ context: { failed } }, { way }: Of) => ({ failed: { [way]: failed[way] } })),
    blameOther: assign(({ context: { failed }, event: { way } }) => ({
      instead: failed[otherWay[way]] ?? null,
    })),
    blameNobody: assign({ instead: null }),
    believe: assign(({ event }) => (event.type === "way.told" ? { instead: event.instead } : {})),
    tellMade: emit(({ event: { type, way } }) => ({
      type: "choice.made" as const,
      way,
      isTold: type === "way.told",
    })),
    tellDoubted: emit((_, { way }: Of) => ({ type: "choice.doubted" as const, way })),
  },
});

const of = (way: Way) => ({ params: { way } });

/** Answers count wherever the choice stands: a stream may be on the way that was not chosen. */
const counting = {
  "way.answered": { actions: "count" },
  "way.ended": { actions: "uncount" },
} as const;

/** `why`: why it is this one. */
const answered = (way: Way, why: readonly ("blameOther" | "blameNobody")[]) =>
  ({
    guard: { type: "is", ...of(way) },
    target: `#transportChoice.${way}.inUse`,
    actions: ["count", ...why, "forgetFailures", "tellMade"],
  }) as const;

/** The former one failed just before: the gateway may only have been away, and have come back in between. */
const outdone = (way: Way) =>
  ({
    guard: { type: "is", ...of(way) },
    target: `#transportChoice.${way}.unsure`,
    actions: ["count", "blameOther", "forgetFailures", "tellMade"],
  }) as const;

const told = (way: Way) =>
  ({
    guard: { type: "is", ...of(way) },
    target: `#transportChoice.${way}.unused`,
    actions: ["believe", "forgetFailures", "tellMade"],
  }) as const;

/**
 * Which of both is first while both are tried: this one, until it opens and leads nowhere. The other comes first then
 * for one failure.
 */
const first = (way: Way, other: string) =>
  choice.createStateConfig({
    description: `each try dials ${way}, then ${otherWay[way]}`,
    tags: [way, "both"],
    on: {
      "way.failed": {
        guard: { type: "leadsNowhere", ...of(way) },
        target: other,
        actions: "noteFailure",
      },
    },
  });

const forOnce = (way: Way, usual: string) =>
  choice.createStateConfig({
    description: `each try dials ${way}, then ${otherWay[way]}, which had opened and led nowhere`,
    tags: [way, "both"],
    on: {
      "way.failed": { guard: { type: "isFailure", ...of(way) }, target: usual, actions: "noteFailure" },
    },
  });

const eitherFails = [
  { guard: { type: "isFailure", ...of("gRPC") }, actions: "noteFailure" },
  { guard: { type: "isFailure", ...of("WebSocket") }, actions: "noteFailure" },
] as const;

const chosen = (way: Way) =>
  choice.createStateConfig({
    description: `the gateway has answered over ${way}`,
    initial: "inUse",
    states: {
      inUse: {
        description:
          "a stream is open on it that the gateway has answered: no failure of another changes that",
        tags: way,
        on: { "way.ended": { guard: { type: "isLast", ...of(way) }, target: "unused", actions: "uncount" } },
      },
      unused: {
        description: "no such stream is open: failures in a row count",
        tags: way,
        on: {
          "way.answered": {
            guard: { type: "is", ...of(way) },
            target: "inUse",
            actions: ["count", "forgetFailures"],
          },
          "way.failed": [
            {
              guard: { type: "isTooOften", ...of(way) },
              target: "doubted",
              actions: [
                "noteFailure",
                { type: "forgetOther", ...of(way) },
                { type: "tellDoubted", ...of(way) },
              ],
            },
            { guard: { type: "isFailure", ...of(way) }, actions: ["noteFailure", "countFailure"] },
          ],
        },
      },
      unsure: {
        description: `it has answered where ${otherWay[way]} was chosen and failed: that comes first for one more try`,
        tags: [otherWay[way], "both"],
        on: {
          "way.failed": {
            guard: { type: "isFailure", ...of(otherWay[way]) },
            target: "inUse",
            actions: ["noteFailure", "forgetFailures"],
          },
          "way.answered": answered(otherWay[way], ["blameNobody"]),
          "way.ended": { guard: { type: "isLast", ...of(way) }, target: "unused", actions: "uncount" },
        },
      },
      doubted: {
        description:
          "it has failed too often in a row: both are tried, this one first unless it leads nowhere",
        initial: "itFirst",
        on: {
          "way.answered": [answered(way, []), outdone(otherWay[way])],
          "way.told": told(otherWay[way]),
          "way.failed": eitherFails,
        },
        states: { itFirst: first(way, "otherFirst"), otherFirst: forOnce(otherWay[way], "itFirst") },
      },
    },
  });

/** Chooses between gRPC and WebSocket by what came of tries. */
export const transportChoiceMachine = choice.createMachine({
  id: "transportChoice",
  description: "which transport leads to a gateway where nobody said it",
  context: { streams: { gRPC: 0, WebSocket: 0 }, failed: {}, instead: null, failures: 0, round: 0 },
  initial: "searching",
  on: counting,
  states: {
    searching: {
      description: "the gateway has answered on neither: each try dials both, one after the other",
      initial: "gRPCFirst",
      on: {
        "way.answered": [answered("gRPC", ["blameNobody"]), answered("WebSocket", ["blameOther"])],
        "way.told": [told("gRPC"), told("WebSocket")],
        "way.failed": eitherFails,
      },
      states: {
        gRPCFirst: first("gRPC", "webSocketFirst"),
        webSocketFirst: forOnce("WebSocket", "gRPCFirst"),
      },
    },
    gRPC: chosen("gRPC"),
    WebSocket: chosen("WebSocket"),
  },
});
