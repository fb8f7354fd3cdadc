import { describe, expect, it } from "vitest";
import { createActor, fromCallback } from "xstate";
import { type PartitionEvent, partitionMachine } from "../../machines/partition.js";
import { defaultPolicy } from "../../machines/policy.js";
import type { PartitionsCommand } from "../../machines/ports.js";
import { registrationMachine } from "../../machines/registration.js";
import { supervisorMachine } from "../../machines/supervisor.js";
import { StepClock } from "./clock.js";
import { doubt } from "./liveness-rig.js";
import { FakePorts } from "./rig.js";

describe("state × event: what each state takes, and where it leads", () => {
  it("of liveness", () => {
    const lines: string[] = [];
    for (const [name, ms] of [
      ["suspect", 0],
      ["overdue", 25_000],
      ["deaf", 40_000],
    ] as const) {
      const link = doubt({ remainingMs: 40_000 });
      link.at(ms);
      const before = link.state();
      const heard = link.heard.length;
      link.answered();
      link.at(600_000);
      lines.push(
        `${name} ${before}, after an answer says ${link.heard.slice(heard).join(", ") || "nothing"}`,
      );
      link.stop();
    }
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "suspect {"doubtful":"suspect"}, after an answer says nothing
      overdue {"doubtful":"overdue"}, after an answer says nothing
      deaf "deaf", after an answer says nothing"
    `);
  });

  it("of the partition", async () => {
    const commands: PartitionEvent[] = [
      { type: "registration.add", spec: { key: "b", policy: defaultPolicy } },
      { type: "registration.keep", spec: { key: "c", policy: defaultPolicy } },
      ...(["remove", "pause", "resume", "restart", "retryNow"] as const).map(
        (what) => ({ type: `registration.${what}`, key: "a" }) as const,
      ),
      { type: "drain", deadlineMs: 1_000 },
      { type: "cancel" },
      { type: "stop" },
    ];
    const lines: string[] = [];
    for (const state of ["hosting", "hosting, paused", "ending"] as const) {
      for (const command of commands) {
        const machine = partitionMachine.provide({
          actors: { registration: registrationMachine.provide({ actors: new FakePorts().actors }) },
        });
        const actor = createActor(machine, {
          input: { partition: 1, random: () => 0 },
          clock: new StepClock(),
        });
        actor.subscribe({ error: (error) => lines.push(String(error)) });
        actor.start();
        actor.send({ type: "registration.add", spec: { key: "a", policy: defaultPolicy } });
        if (state === "hosting, paused") actor.send({ type: "registration.pause", key: "a" });
        if (state === "ending") actor.send({ type: "drain", deadlineMs: 1_000 });
        actor.send(command);
        const { value, children } = actor.getSnapshot();
        lines.push(`${state} ${command.type}: ${String(value)} [${Object.keys(children).join(" ")}]`);
        actor.stop();
      }
    }
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "hosting registration.add: hosting [~1 ~2]
      hosting registration.keep: hosting [~1]
      hosting registration.remove: hosting []
      hosting registration.pause: hosting []
      hosting registration.resume: hosting [~1]
      hosting registration.restart: hosting [~1]
      hosting registration.retryNow: hosting [~1]
      hosting drain: ending [~1]
      hosting cancel: hosting [~1]
      hosting stop: ending []
      hosting, paused registration.add: hosting [~2]
      hosting, paused registration.keep: hosting []
      hosting, paused registration.remove: hosting []
      hosting, paused registration.pause: hosting []
      hosting, paused registration.resume: hosting [~1]
      hosting, paused registration.restart: hosting [~1]
      hosting, paused registration.retryNow: hosting []
      hosting, paused drain: ending []
      hosting, paused cancel: hosting []
      hosting, paused stop: ending []
      ending registration.add: ending [~1]
      ending registration.keep: ending [~1]
      ending registration.remove: ending []
      ending registration.pause: ending [~1]
      ending registration.resume: ending [~1]
      ending registration.restart: ending [~1]
      ending registration.retryNow: ending [~1]
      ending drain: ending [~1]
      ending cancel: ending [~1]
      ending stop: ending []"
    `);
  });

  it("of the supervisor", () => {
    const lines: string[] = [];
    const sent = [
      { type: "registrations.add", specs: [{ key: "b", policy: defaultPolicy }] },
      { type: "registration.remove", key: "a" },
      { type: "registration.pause", key: "a" },
      { type: "registration.retryNow", key: "a" },
      { type: "registrations.moved", movements: [{ from: "serving", to: "stopped" }] },
      { type: "partition.failed", partition: 1, registrations: 1 },
      { type: "drain", deadlineMs: 10_000 },
      { type: "close" },
    ] as const;
    for (const [name, ms] of [
      ["running", -1],
      ["finishing", 0],
      ["cancelling", 8_000],
      ["forced", 10_000],
      ["closing", -2],
    ] as const) {
      for (const event of sent) {
        const commands: string[] = [];
        const clock = new StepClock();
        const machine = supervisorMachine.provide({
          actors: {
            partitions: fromCallback<PartitionsCommand, { readonly partitionSize: number }>(({ receive }) => {
              receive((command) => commands.push(command.type));
            }),
          },
        });
        const actor = createActor(machine, { input: { partitionSize: 8 }, clock });
        actor.subscribe({ error: (error) => lines.push(String(error)) });
        actor.start();
        actor.send({ type: "registrations.moved", movements: [{ from: null, to: "serving" }] });
        if (ms >= 0) actor.send({ type: "drain", deadlineMs: 10_000 });
        if (ms > 0) clock.set(ms);
        if (ms === -2) actor.send({ type: "close" });
        commands.length = 0;
        actor.send(event);
        const place = JSON.stringify(actor.getSnapshot().value).replace(/[{}"]|active:/g, "");
        lines.push(`${name} ${event.type}: ${place} [${commands.join(" ")}]`);
        actor.stop();
      }
    }
    expect(lines.join("\n")).toMatchInlineSnapshot(`
      "running registrations.add: active:running [registrations.add]
      running registration.remove: active:running [registration.remove]
      running registration.pause: active:running [registration.pause]
      running registration.retryNow: active:running [registration.retryNow]
      running registrations.moved: stopped []
      running partition.failed: active:running []
      running drain: active:draining:finishing [drain]
      running close: active:closing [stop]
      finishing registrations.add: active:draining:finishing []
      finishing registration.remove: active:draining:finishing [registration.remove]
      finishing registration.pause: active:draining:finishing []
      finishing registration.retryNow: active:draining:finishing [registration.retryNow]
      finishing registrations.moved: stopped []
      finishing partition.failed: active:draining:finishing []
      finishing drain: active:draining:finishing []
      finishing close: active:closing [stop]
      cancelling registrations.add: active:draining:cancelling []
      cancelling registration.remove: active:draining:cancelling [registration.remove]
      cancelling registration.pause: active:draining:cancelling []
      cancelling registration.retryNow: active:draining:cancelling [registration.retryNow]
      cancelling registrations.moved: stopped []
      cancelling partition.failed: active:draining:cancelling []
      cancelling drain: active:draining:cancelling []
      cancelling close: active:closing [stop]
      forced registrations.add: active:draining:forced []
      forced registration.remove: active:draining:forced [registration.remove]
      forced registration.pause: active:draining:forced []
      forced registration.retryNow: active:draining:forced [registration.retryNow]
      forced registrations.moved: stopped []
      forced partition.failed: active:draining:forced []
      forced drain: active:draining:forced []
      forced close: active:closing [stop]
      closing registrations.add: active:closing []
      closing registration.remove: active:closing []
      closing registration.pause: active:closing []
      closing registration.retryNow: active:closing []
      closing registrations.moved: stopped []
      closing partition.failed: active:closing []
      closing drain: active:closing []
      closing close: active:closing [stop]"
    `);
  });
});
