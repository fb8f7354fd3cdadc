import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import { describe, expect, it } from "vitest";
import { createActor, fromCallback, fromPromise } from "xstate";
import {
  defaultPolicy,
  partitionMachine,
  registrationMachine,
  registrationView,
} from "../../machines/index.js";
import { echo } from "../support/connectors.js";
import { serving, untilStatus } from "../support/until.js";

const registrations = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ tenantId: "t", instanceId: `i${i}`, connector: echo }));

describe("isolation between registrations", () => {
  it("[C14 #77] a handler that throws in every way leaves all registrations serving", async () => {
    const kinds: (() => unknown)[] = [
      () => {
        throw new Error("sync");
      },
      () => Promise.reject(new Error("async")),
      () => {
        throw undefined;
      },
      () => ({ toJSON: () => BigInt(1) }),
      () => 1n,
      () => () => {},
    ];
    const bad = {
      ...echo,
      connectorType: "bad",
      execute: (request: { json(): unknown }) => kinds[Number(request.json())]?.(),
    };
    await using bench = await startTestBench({
      registrations: [...registrations(3), { tenantId: "t", instanceId: "bad", connector: bad }],
    });
    for (let kind = 0; kind < kinds.length; kind += 1) {
      expect(await bench.gateway.execute("t.bad.bad", { payload: kind })).toMatchObject({ success: false });
    }
    expect(bench.runtime.status().ready).toBe(true);
    expect(bench.runtime.status().registrations.map((s) => s.counters.total_disconnects)).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it("[C14 #77] a registration that the gateway refuses does not disturb the others", async () => {
    const gateway = await startGateway({ approval: "automatic" });
    const runtime = createRuntime({ url: gateway.url, strict: true, env: {} });
    for (const registration of registrations(5)) runtime.add(registration);
    await runtime.start();
    gateway.fault({ failRegister: 1_000 });
    const refused = runtime.add({ tenantId: "t", instanceId: "refused", connector: echo });
    await untilStatus(runtime, refused.key, (s) => s.child === "refused");
    const others = runtime.status().registrations.filter((s) => s.key !== refused.key);
    expect(others.map((s) => [s.ready, s.counters.total_disconnects])).toEqual(others.map(() => [true, 0]));
    await runtime.close();
    await gateway.close();
  });

  it("a registration whose machine fails is started again, and its siblings keep streaming", async () => {
    let failures = 0;
    const actors = {
      openStream: fromPromise(async () => ({
        ok: true as const,
        value: { handle: "h", credentialSource: "anonymous" as const, hasSessionToken: false },
      })),
      stream: fromCallback(
        ({ sendBack, input }: { sendBack: (event: never) => void; input: { streamAttempt: number } }) => {
          sendBack({
            type: "stream.accepted",
            streamAttempt: input.streamAttempt,
            status: "approved",
            hasSessionToken: false,
          } as never);
        },
      ),
      credentials: fromCallback(({ sendBack }: { sendBack: (event: never) => void }) => {
        sendBack({ type: "credentials.ready", source: "anonymous" } as never);
      }),
      work: fromCallback(() => {}),
    };
    const registration = registrationMachine.provide({ actors: actors as never });
    const partition = createActor(partitionMachine.provide({ actors: { registration } }), {
      input: { partition: 1, random: () => 0.5 },
    });
    partition.on("registration.failed", () => {
      failures += 1;
    });
    partition.start();
    // Only "b" has a policy that cannot be read: its delays throw.
    const broken = {
      get connectTimeoutMs(): number {
        throw new Error("broken policy");
      },
    } as never;
    for (const key of ["a", "b", "c"]) {
      partition.send({
        type: "registration.add",
        spec: { key, policy: key === "b" ? broken : defaultPolicy },
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    const states = ["a", "c"].map((key) => {
      const actor = partition.getSnapshot().context.members.get(key)?.actor;
      return actor ? registrationView(actor.getSnapshot()).child : null;
    });
    expect(states).toEqual(["serving", "serving"]);
    expect(failures).toBe(4);
    expect(partition.getSnapshot().context.members.get("b")?.actor).toBeNull();
    expect(partition.getSnapshot().status).toBe("active");
    partition.stop();
  });

  it("keeps the credentials and results of a registration that is restarted", async () => {
    await using bench = await startTestBench({ registrations: registrations(2) });
    const [first] = bench.runtime.status().registrations;
    bench.runtime.registration(first?.key ?? "").restart();
    const status = await untilStatus(
      bench.runtime,
      first?.key ?? "",
      (s) => s.ready && s.counters.successful_reconnects === 1,
    );
    expect(status.hasSessionToken).toBe(true);
    expect(bench.gateway.stats().pending).toBe(0);
    await untilStatus(bench.runtime, bench.runtime.status().registrations[1]?.key ?? "", serving);
  });
});
