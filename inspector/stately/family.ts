/** Whom the hosted inspector is told of: the actor that is looked at, all above it, and what belongs to its registration. */
import type { Actors, SeenActor } from "../feed/actors.js";
import type { ShownActor } from "./messages.js";
import { stateValue } from "./state-value.js";

/** The root first, the actor last. */
function lineOf(actors: Actors, actor: SeenActor): readonly SeenActor[] {
  const parent = actors.get(actor.parentId);
  return parent ? [...lineOf(actors, parent), actor] : [actor];
}

const isHost = ({ machine }: SeenActor): boolean => machine === "supervisor" || machine === "partition";

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
  const { id, name, address, machine, parentId, isLive, context } = actor;
  return {
    id,
    name: machine === "registration" ? address : name,
    machine,
    parentId,
    rootId: lineOf(actors, actor)[0]?.id ?? id,
    isLive,
    value: machine === undefined ? undefined : stateValue(actor.active, machine),
    context,
  };
}
