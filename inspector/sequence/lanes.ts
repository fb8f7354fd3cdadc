/** Who speaks, each with a lane: what commands on the left, what Mooring talks to on the right. */
import type { Party } from "../../src/recording/senders.js";

export const lanes: readonly (readonly [Party, string])[] = [
  ["program", "Program"],
  ["supervisor", "Supervisor"],
  ["partition", "Partition"],
  ["registration", "Registration"],
  ["work", "Work"],
  ["liveness", "Liveness"],
  ["stream", "Stream"],
  ["gateway", "Gateway"],
  ["credentials", "Credentials"],
  ["tokenServer", "Token server"],
];

const places = new Map(lanes.map(([party], at) => [party, ((at + 0.5) / lanes.length) * 100]));

/** In percent of the width. */
export const placeOf = (party: Party): number => places.get(party) ?? 0;
