/** What a viewer is told of what was before it looked: a fair part of each, in order, and no step twice. */
import { expect, it } from "vitest";
import { fairShares } from "../../src/inspect/fair-shares.js";
import type { ActorMessage, StepMessage } from "../../src/inspect/feed-messages.js";
import { Looking } from "../../src/inspect/looking.js";
import { Recorder } from "../../src/recording/recorder.js";
import { createRig, type Rig } from "../machines/rig.js";

/** A recorder of several registrations, and a viewer of it. */
async function looked(...keys: readonly string[]) {
  let time = 0;
  const recorder = new Recorder({
    maxBytes: 2 ** 24,
    keep: "tail",
    now: () => {
      time += 1;
      return time;
    },
  });
  const rigs = keys.map((key) => createRig({ key, recorder }));
  for (const rig of rigs) {
    await rig.opened("anonymous");
    rig.accepted("approved");
  }
  const told: (ActorMessage | StepMessage)[] = [];
  const looking = new Looking(
    {
      standingOf: (owner) => recorder.standingOf(owner),
      newestOf: (owners, most) => recorder.memory.newestOf(owners, most),
    },
    (message) => told.push(message),
  );
  recorder.listen((entry) => {
    if (looking.looksAt(entry.actor)) looking.step(entry);
  });
  return { recorder, rigs, looking, take: () => told.splice(0) };
}

async function reconnects(rig: Rig | undefined, rounds: number): Promise<void> {
  for (let round = 0; rig && round < rounds; round += 1) {
    rig.ended("server-closed");
    rig.clock.increment(60_000);
    await rig.opened("anonymous");
    rig.accepted("approved");
  }
}

const stepsOf = (told: readonly (ActorMessage | StepMessage)[], recorder: Recorder, key: string) => {
  const actors = new Set(
    recorder.memory.entries().flatMap(({ actor }) => (actor.key === key ? [actor.number] : [])),
  );
  return told.filter((message) => message.what === "step" && actors.has(message.actor));
};

it("tells all of a quiet registration beside one with many steps", async () => {
  const { recorder, rigs, looking, take } = await looked("t.echo.quiet", "t.echo.busy");
  await reconnects(rigs[1], 200);
  const all = (key: string) => recorder.memory.entries().filter(({ actor }) => actor.key === key).length;
  expect(all("t.echo.busy")).toBeGreaterThan(800);
  looking.look({ keys: ["t.echo.quiet", "t.echo.busy"] });
  const told = take();
  expect(stepsOf(told, recorder, "t.echo.quiet")).toHaveLength(all("t.echo.quiet"));
  expect(stepsOf(told, recorder, "t.echo.busy")).toHaveLength(800 - all("t.echo.quiet"));
  const times = told.flatMap((message) => (message.what === "step" ? [message.at] : []));
  expect(times).toEqual([...times].sort((one, other) => one - other));
});

it("tells only what it looks at now and did not before", async () => {
  const { recorder, rigs, looking, take } = await looked("t.echo.one", "t.echo.two");
  looking.look({ keys: ["t.echo.one"] });
  await reconnects(rigs[0], 3);
  expect(stepsOf(take(), recorder, "t.echo.one").length).toBeGreaterThan(10);
  looking.look({ keys: ["t.echo.one", "t.echo.two"] });
  const told = take();
  expect(stepsOf(told, recorder, "t.echo.one")).toEqual([]);
  expect(stepsOf(told, recorder, "t.echo.two").length).toBeGreaterThan(0);
  looking.anew();
  expect(stepsOf(take(), recorder, "t.echo.one").length).toBeGreaterThan(10);
});

it.each([
  [[3, 100, 5], 60, [3, 52, 5]],
  [[100, 100, 100], 60, [20, 20, 20]],
  [[1, 2], 60, [1, 2]],
  [[], 60, []],
])("of %j shares a room for %d: %j", (sizes, room, shares) => {
  expect(fairShares(sizes, room)).toEqual(shares);
});
