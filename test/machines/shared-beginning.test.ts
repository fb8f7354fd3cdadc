import { expect, it } from "vitest";
import { createActor } from "xstate";
import { defaultPolicy, registrationMachine } from "../../machines/index.js";

const contextOf = (key: string) => {
  const actor = createActor(registrationMachine, { input: { key, policy: defaultPolicy, random: () => 0 } });
  return actor.getSnapshot().context;
};

it("registrations that begin share what has not changed yet, and none can change it for the others", () => {
  const one = contextOf("acme.echo.one");
  const two = contextOf("acme.echo.two");
  for (const name of ["registersAgain", "exchange", "held", "strays"] as const)
    expect([one[name] === two[name], Object.isFrozen(one[name])]).toEqual([true, true]);
});
