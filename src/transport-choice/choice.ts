/** Leads the chart of the choice (`machines/transport-choice.ts`), and says what it says. */
import { createActor } from "xstate";
import { transportChoiceMachine, type Way, type WayFailure } from "../../machines/transport-choice.js";
import type { TransportInUse } from "../transport/transport.js";
import { type Choice, inUse } from "./in-use.js";

/** What another thread is told. */
export interface ToldWay {
  readonly way: Way;
  readonly instead: WayFailure | null;
}

/** The choice stands otherwise than before. */
export interface ChoiceChange {
  readonly event: "transport.chosen" | "transport.doubted" | "transport.unreached";
  readonly inUse: TransportInUse;
  /** For other threads; undefined: it was told by one, or is no news for them. */
  readonly forOthers: ToldWay | undefined;
}

export class TransportChoice {
  readonly #actor = createActor(transportChoiceMachine);

  constructor(changed: (change: ChoiceChange) => void) {
    this.#actor.on("choice.made", ({ way, isTold }) => {
      const { instead } = this.#actor.getSnapshot().context;
      changed({
        event: "transport.chosen",
        inUse: this.inUse(),
        forOthers: isTold ? undefined : { way, instead },
      });
    });
    const tell = (event: ChoiceChange["event"]) => () =>
      changed({ event, inUse: this.inUse(), forOthers: undefined });
    this.#actor.on("choice.doubted", tell("transport.doubted"));
    this.#actor.on("choice.vain", tell("transport.unreached"));
    this.#actor.start();
  }

  /** What the next try dials: one, or both, one after the other. */
  get order(): readonly [Way] | readonly [Way, Way] {
    const snapshot = this.#actor.getSnapshot();
    const first = snapshot.hasTag("gRPC") ? "gRPC" : "WebSocket";
    if (!snapshot.hasTag("both")) return [first];
    return first === "gRPC" ? ["gRPC", "WebSocket"] : ["WebSocket", "gRPC"];
  }

  get round(): number {
    return this.#actor.getSnapshot().context.round;
  }

  inUse(): TransportInUse {
    const snapshot = this.#actor.getSnapshot();
    const { instead, failed } = snapshot.context;
    const chosen = snapshot.matches("gRPC") ? "gRPC" : snapshot.matches("WebSocket") ? "WebSocket" : null;
    const isDoubted = chosen !== null && snapshot.matches({ [chosen]: "doubted" });
    return inUse({ chosen, instead, failed, isDoubted } satisfies Choice);
  }

  answered(way: Way): void {
    this.#actor.send({ type: "way.answered", way });
  }

  ended(way: Way): void {
    this.#actor.send({ type: "way.ended", way });
  }

  failed(way: Way, round: number, hasOpened: boolean, failure: WayFailure): void {
    this.#actor.send({ type: "way.failed", way, round, hasOpened, failure });
  }

  told({ way, instead }: ToldWay): void {
    this.#actor.send({ type: "way.told", way, instead });
  }
}
