import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime } from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { demoRegistrations, isStranger } from "../../src/cli/demo-connectors.js";
import { DemoEpisodes } from "../../src/cli/demo-episodes.js";

const hurried = { ahead: 1, rest: 1, outage: 50 };

/** A gateway and a runtime as in the demonstration, and its episodes without their pauses. */
async function scene() {
  const gateway = await startGateway({
    approval: ({ instanceId }) => (isStranger(instanceId) ? "manual" : "automatic"),
  });
  onTestFinished(() => gateway.close());
  const directory = await mkdtemp(join(tmpdir(), "mooring-demo-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const runtime = createRuntime({
    url: gateway.url,
    credentials: { directory },
    backoff: { baseMs: 10, maxMs: 100, jitterMs: 0 },
    heartbeat: { intervalMs: 200, timeoutMs: 1_000 },
    env: {},
  });
  onTestFinished(() => runtime.close());
  for (const one of demoRegistrations()) if (!isStranger(one.instanceId ?? "")) runtime.add(one);
  await runtime.start();
  const story: string[] = [];
  const over = new AbortController();
  let onSaid: (line: string) => void = () => {};
  const say = (line: string) => {
    story.push(line);
    onSaid(line);
  };
  const episodes = new DemoEpisodes(
    gateway,
    runtime,
    { say, found: (what, ok) => say(`${ok ? "ok" : "FAIL"} ${what}`), over: over.signal },
    hurried,
  );
  const onSay = (listener: (line: string) => void) => {
    onSaid = listener;
  };
  return { gateway, runtime, story, over, episodes, onSay };
}

it("goes through an outage, a deaf gateway and an approval, each announced before it happens", async () => {
  const { gateway, runtime, story, episodes } = await scene();
  await episodes.round();
  await episodes.round();
  const round = [
    "in 0 s: the gateway goes away",
    "ok outage: every registration serves again",
    "in 0 s: the gateway goes deaf",
    "ok deaf: noticed by every registration",
    "in 0 s: a registration nobody knows yet asks to be let in",
    "in 0 s: an administrator approves demo.greeter.guest-",
    "ok approval: demo.greeter.guest-",
    "in 0 s: demo.greeter.guest-",
  ];
  expect(story.map((line, i) => (line.startsWith(round[i % round.length] ?? "") ? "" : line))).toEqual(
    [...round, ...round].map(() => ""),
  );
  expect(runtime.status().registrations.map((one) => one.key)).not.toContain("demo.greeter.guest-1");
  expect(gateway.registrations().map((one) => one.key)).not.toContain("demo.greeter.guest-1");
});

it.each(["goes away", "goes deaf", "asks to be let in", "an administrator approves"])(
  "leaves everything in order when it ends while it says that something %s",
  async (words) => {
    const { gateway, runtime, over, episodes, onSay } = await scene();
    onSay((line) => {
      if (line.includes(words)) over.abort();
    });
    await episodes.repeat();
    await gateway.until(() => true);
    expect(gateway.faults()).toMatchObject({ deaf: false });
    expect((await gateway.execute("demo.echo.echo-1", { payload: 1 })).json()).toBe(1);
    expect(runtime.status().registrations).toHaveLength(4);
  },
);
