/** How good it is that a state is active, for its colour: what means failure never looks as what serves does. */
import type { Tone } from "../../src/troubles/tone.js";
import { standingOf } from "../fleet/row.js";
import type { Drawing } from "./drawing.js";

/** Of charts whose states have no tags: what is not as it should be. Below a state holds what holds for it. */
const tones: readonly (readonly [string, Tone])[] = [
  ["registration.connection.lost", "bad"],
  ["registration.connection.linked.credentialExchange.waiting", "bad"],
  ["registration.connection.linked.streaming.pendingApproval.withoutCredentials", "bad"],
  ["registration.intake.draining", "drain"],
  ["registration.intake.closed", "off"],
  ["credentials.finding", "warm"],
  ["credentials.registering.waiting", "bad"],
  ["credentials.registering", "warm"],
  ["credentials.minting.waiting", "bad"],
  ["credentials.minting", "warm"],
  ["credentials.renewing.waiting", "bad"],
  ["credentials.unavailable", "bad"],
  ["credentials.refused", "bad"],
  ["credentials.settled", "off"],
  ["liveness.deaf", "bad"],
  ["liveness", "warm"],
  ["partition.ending", "off"],
  ["supervisor.active.draining", "drain"],
  ["supervisor.active.closing", "off"],
  ["supervisor.stopped", "off"],
];

const isWithin = (id: string, outer: string): boolean => id === outer || id.startsWith(`${outer}.`);

export interface Standpoint {
  readonly active: ReadonlySet<string>;
  readonly context: { readonly stopReason?: unknown };
}

function toneOfLeaf(leaf: string, { active, context }: Standpoint, drawing: Drawing): Tone {
  if (leaf === "registration.connection.stopped" && context.stopReason === "failed") return "bad";
  const [, tone] = tones.find(([id]) => isWithin(leaf, id)) ?? [];
  if (tone !== undefined) return tone;
  return isWithin(leaf, "registration.connection") ? standingOf(active, drawing).tone : "good";
}

/** Of an active state; what has others inside is as good as the first of those that is active. */
export function toneOfState(id: string, stands: Standpoint, drawing: Drawing): Tone {
  const leaf = drawing.states.find(
    (state) => drawing.leaves.has(state.id) && stands.active.has(state.id) && isWithin(state.id, id),
  );
  return toneOfLeaf(leaf?.id ?? id, stands, drawing);
}
