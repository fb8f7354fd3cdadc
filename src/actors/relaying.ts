/** What of XState's system its exported types do not say: an event from one actor to another. */
import type { AnyActorRef, AnyActorScope, AnyEventObject } from "xstate";

export interface Relaying {
  _relay(source: AnyActorRef, target: AnyActorRef, event: AnyEventObject): void;
}

export const relaying = (system: AnyActorScope["system"]): Relaying => system as unknown as Relaying;
