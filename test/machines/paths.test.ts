import { type AnyTransitionDefinition, type InspectionEvent, setup } from "xstate";
import { getShortestPaths } from "xstate/graph";
import { afterAll, describe, expect, it } from "vitest";
import { chartOf, transitionKey } from "../../machines/chart.js";
import { type RegistrationSnapshot, registrationMachine } from "../../machines/registration.js";
import { eventsOf, type GraphEvent, perform, policy, serializeSnapshot } from "./paths.js";
import { createRig, type Rig } from "./rig.js";

interface Step {
  readonly event: GraphEvent;
  /** The snapshot after the event, as the graph has it. */
  readonly state: RegistrationSnapshot;
}

const word = ({ event, state }: Step): string => `${JSON.stringify(event)} ${serializeSnapshot(state)}`;

function shortestPaths(reconnect: boolean): readonly (readonly Step[])[] {
  const paths = getShortestPaths(registrationMachine, {
    input: { key: "acme.echo.one", policy: { ...policy, reconnect }, random: () => 0 },
    // The graph also knows the events that XState makes; the machine's type lists only its own.
    events: (snapshot) => eventsOf(snapshot) as never,
    serializeState: serializeSnapshot,
  });
  return paths.map(({ steps }) => steps as readonly Step[]);
}
