/** XState for test files that make actors by themselves, all of whose machines go by plans: `TEST_CHARTS=planned`. */
import {
  type ActorOptions,
  type AnyActorLogic,
  type AnyStateMachine,
  createActor as createPlainActor,
  StateMachine,
} from "xstate";
import { planned } from "../../src/chart-plan/planned.js";

export * from "xstate";

const isMachine = (logic: unknown): logic is AnyStateMachine => logic instanceof StateMachine;

/** Its children, too. */
function allPlanned(machine: AnyStateMachine): AnyStateMachine {
  const actors = machine.implementations.actors as Record<string, unknown>;
  for (const [name, logic] of Object.entries(actors)) if (isMachine(logic)) actors[name] = allPlanned(logic);
  return planned(machine);
}

export const createActor = (logic: AnyActorLogic, options?: ActorOptions<AnyActorLogic>) =>
  createPlainActor(isMachine(logic) ? allPlanned(logic) : logic, options);
