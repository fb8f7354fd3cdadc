import { afterEach, describe, expect, it } from "vitest";
import { createActor } from "xstate";
import { partitionMachine } from "../../machines/partition.js";
import { defaultPolicy } from "../../machines/policy.js";
import { registrationMachine } from "../../machines/registration.js";
import { StepClock } from "./clock.js";
import { FakePorts } from "./rig.js";

const size = 32;
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Hosts so many registrations in partitions, as the port of the supervisor does, and measures one more. */
function hosted(count: number) {
  const ports = new FakePorts();
  const machine = partitionMachine.provide({
    actors: { registration: registrationMachine.provide({ actors: ports.actors }) },
  });
  const partitions = Array.from({ length: Math.ceil(count / size) }, (_, number) => {
    const clock = new StepClock();
    const actor = createActor(machine, { input: { partition: number, random: () => 0 }, clock });
    actor.subscribe({ error: () => {} });
    actor.start();
    ends.push(() => actor.stop());
    return { actor, clock };
  });
  for (let index = 0; index < count; index += 1) {
    partitions[Math.floor(index / size)]?.actor.send({
      type: "registration.add",
      spec: { key: `acme.echo.${index}`, policy: defaultPolicy },
    });
  }
  return partitions;
}

describe("work per added and stopped registration", () => {
  it.each([100, 10_000])("is bounded by the partition's size, with %i registrations", (count) => {
    const partitions = hosted(count);
    const children = partitions.map(({ actor }) => Object.keys(actor.getSnapshot().children).length);
    const timers = partitions.map(({ clock }) => clock.most);
    expect(children.reduce((sum, one) => sum + one, 0)).toBe(count);
    // What XState copies at each spawn and stop, and scans at each stop.
    expect(Math.max(...children)).toBe(size);
    expect(Math.max(...timers)).toBeLessThanOrEqual(size);
    const [first] = partitions;
    first?.actor.send({ type: "registration.remove", key: "acme.echo.0" });
    expect(Object.keys(first?.actor.getSnapshot().children ?? {})).toHaveLength(size - 1);
    expect(first?.clock.size).toBe(size - 1);
    expect(partitions.slice(1).map(({ clock }) => clock.size)).toEqual(children.slice(1));
  });
});
