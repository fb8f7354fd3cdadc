/** The charts that are recorded, and which version of each this Mooring has. */
import { createHash } from "node:crypto";
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { credentialsMachine } from "../../machines/credentials.js";
import { livenessMachine } from "../../machines/liveness.js";
import { registrationMachine } from "../../machines/registration.js";
import type { ChartName } from "./settings.js";

export const charts = {
  registration: registrationMachine,
  credentials: credentialsMachine,
  liveness: livenessMachine,
} as const satisfies Readonly<Record<ChartName, AnyStateMachine>>;

export type ChartVersions = Readonly<Record<ChartName, string>>;

/** What an action, a guard or a delay is called; what is written in its place has no name. */
const nameOf = (part: unknown): unknown => {
  if (typeof part === "function") return part.name || "inline";
  if (typeof part !== "object" || part === null) return part;
  const { type, params } = part as { readonly type?: unknown; readonly params?: unknown };
  return typeof params === "object" ? [type, params] : type;
};

/** What decides how a state behaves; what it says of itself does not. */
function behaviourOf(node: AnyStateNode): unknown {
  const transitions = [...node.transitions.values(), node.always ?? []].flat().map((transition) => ({
    event: transition.eventType,
    guard: nameOf(transition.guard),
    targets: transition.target?.map(({ id }) => id),
    actions: transition.actions.map(nameOf),
    reenter: transition.reenter,
  }));
  return {
    id: node.id,
    type: node.type,
    history: node.history,
    initial: node.type === "compound" ? node.initial.target?.map(({ id }) => id) : null,
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
    invoke: node.invoke.map(({ id, src }) => [id, src]),
    transitions,
    states: Object.values(node.states).map(behaviourOf),
  };
}

const versionOf = (machine: AnyStateMachine): string =>
  createHash("sha256")
    .update(JSON.stringify(behaviourOf(machine.root)))
    .digest("hex")
    .slice(0, 16);

let versions: ChartVersions | undefined;

/** A hash of each definition: states, transitions, and the names of guards, actions, ports and delays. */
export function chartVersions(): ChartVersions {
  versions ??= {
    registration: versionOf(charts.registration),
    credentials: versionOf(charts.credentials),
    liveness: versionOf(charts.liveness),
  };
  return versions;
}
