/** Whom the hosted inspector is told of: the actor that is looked at, all above it, and what belongs to its registration. */
import { type Actors, isHost, type SeenActor } from "../feed/actors.js";
import type { StepTold } from "../feed/told.js";
import type { ShownActor } from "./messages.js";
import { stateValue } from "./state-value.js";

/** All above an actor, and the actor itself: the root first. */
export function lineOf(actors: Actors, actor: SeenActor): readonly SeenActor[] {
  const parent = actors.get(actor.parentId);
  return parent ? [...lineOf(actors, parent), actor] : [actor];
}

function below(actors: Actors, actor: SeenActor): readonly SeenActor[] {
  return actors.childrenOf(actor).flatMap((child) => [child, ...below(actors, child)]);
}

/** Parents before their children. */
export function familyOf(actors: Actors, actor: SeenActor): readonly SeenActor[] {
  const line = lineOf(actors, actor);
  const top = line.find((one) => !isHost(one));
  return top ? [...line.filter(isHost), top, ...below(actors, top)] : line;
}

/** As it is now. */
export function shown(actors: Actors, actor: SeenActor): ShownActor {
  const { id, name, machine, parentId, isLive, context } = actor;
  const rootId = lineOf(actors, actor)[0]?.id ?? id;
  const value = machine === undefined ? undefined : stateValue(actor.active, machine);
  return { id, name, machine, parentId, rootId, isLive, value, context };
}

/** The actor that sent what another took; undefined: it was none that the page knows. */
export function senderIn(actors: Actors, actor: SeenActor, { from }: StepTold): string | undefined {
  const around = [actor, actors.get(actor.parentId), ...actors.childrenOf(actor)];
  return around.find((one) => one?.machine === from)?.id;
}
