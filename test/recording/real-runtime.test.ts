/** Random faults and commands against a real runtime and gateway: what was recorded replays to equal states and outputs. */
import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import type { Registration } from "mooring";
import type { Gateway } from "mooring/gateway";
import { replay, startTestBench, type TestBench } from "mooring/testing";
import { expect, it } from "vitest";
import { echo } from "../support/connectors.js";
import { textOf } from "./texts.js";

/** `MOORING_RECORDINGS=1000 npx vitest run test/recording/real-runtime.test.ts` makes as many as that. */
const runs = Number(process.env.MOORING_RECORDINGS ?? 12);

interface Scene {
  readonly gateway: Gateway;
  readonly bench: TestBench;
  readonly registrations: readonly Registration[];
}

type Happening = readonly [string, (scene: Scene, which: number) => unknown];

const keyOf = ({ registrations }: Scene, which: number) =>
  registrations[which % registrations.length]?.key ?? "";
const of = ({ registrations }: Scene, which: number) => registrations[which % registrations.length];

const happenings: readonly Happening[] = [
  ["approve", (scene, which) => scene.gateway.approve(keyOf(scene, which))],
  ["reject", (scene, which) => scene.gateway.reject(keyOf(scene, which))],
  ["register again", (scene, which) => scene.gateway.retry(keyOf(scene, which))],
  ["deregister", (scene, which) => scene.gateway.deregister(keyOf(scene, which))],
  ["heartbeat", (scene, which) => scene.gateway.heartbeat(keyOf(scene, which))],
  ["credentials", (scene, which) => scene.gateway.issueCredentials(keyOf(scene, which))],
  ["goaway", ({ gateway }) => gateway.disturb("goaway")],
  ["reset", ({ gateway }) => gateway.disturb("reset")],
  ["cut", ({ gateway }) => gateway.disturb("cut")],
  ["close", ({ gateway }) => gateway.disturb("close")],
  ["restart", ({ gateway }) => gateway.restart()],
  ["pause", (scene, which) => of(scene, which)?.pause()],
  ["resume", (scene, which) => of(scene, which)?.resume()],
  ["restart one", (scene, which) => of(scene, which)?.restart()],
  ["retry now", (scene, which) => of(scene, which)?.retryNow()],
  ["wait", ({ bench }) => changes(bench, 2)],
];

/** Until so many registrations have moved, or none does. */
async function changes({ runtime }: TestBench, count: number): Promise<void> {
  const seen = runtime.changes();
  for (let change = 0; change < count; change += 1) {
    const settled = await Promise.race([seen.next(), turns(200).then(() => null)]);
    if (settled === null) break;
  }
  await seen.return?.();
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await setImmediate();
}

const story = fc.record({
  manual: fc.boolean(),
  happenings: fc.array(
    fc.record({ what: fc.constantFrom(...happenings), which: fc.nat(2), turns: fc.nat(30) }),
    { minLength: 1, maxLength: 14 },
  ),
});

it(
  "any story of a real runtime replays as it was recorded",
  async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(story, async ({ manual, happenings: all }) => {
        await using bench = await startTestBench({ gateway: { approval: manual ? "manual" : "automatic" } });
        const registrations = ["a", "b", "c"].map((instanceId) =>
          bench.runtime.add({ tenantId: "t", instanceId, connector: echo }),
        );
        await bench.gateway.until(
          (gateway) => gateway.registrations().length === registrations.length,
          100_000,
        );
        const scene = { gateway: bench.gateway, bench, registrations };
        for (const { what, which, turns: between } of all) {
          try {
            await what[1](scene, which);
          } catch {
            // The gateway has none of that name at the moment.
          }
          await turns(between);
        }
        await bench.runtime.close();
        const result = await replay(await textOf(bench.runtime.recording()));
        expect(result.divergence?.message).toBeUndefined();
        expect(result).toMatchObject({ divergences: 0, skipped: 0, registrations: 3, dropped: 0 });
        steps += result.steps;
      }),
      { numRuns: runs },
    );
    expect(steps).toBeGreaterThan(runs * 9);
    // For what hangs.
  },
  120_000 + runs * 2_000,
);
