/** `mooring tail`: changes of state as they come. */
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, type StateChange, serveControl } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ToldChange } from "../../src/control/changes.js";
import { askChanges } from "../../src/control/client.js";
import { echo } from "../support/connectors.js";
import { runCommand, startCommand } from "../support/run-command.js";
import { eventually, serving, untilStatus } from "../support/until.js";

const key = "acme.echo_test.one";

async function socket(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-tail-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "c.sock");
}

async function hosted() {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({
    url: gateway.url,
    env: {},
    backoff: { baseMs: 10, maxMs: 20, jitterMs: 0 },
  });
  onTestFinished(() => runtime.close());
  for (const instanceId of ["one", "two"]) runtime.add({ tenantId: "acme", instanceId, connector: echo });
  await runtime.start();
  const path = await socket();
  const control = await serveControl(runtime, path);
  onTestFinished(() => control.close());
  return { gateway, runtime, path, control };
}

/** Cuts its link again and again, until something is said. */
async function cutUntil(said: Promise<unknown>, { gateway, runtime }: Awaited<ReturnType<typeof hosted>>) {
  let state: "waiting" | "said" = "waiting";
  void said.then(() => {
    state = "said";
  });
  while (state === "waiting") {
    gateway.disturb("cut");
    await untilStatus(runtime, key, (one) => one.state === "backoff");
    await untilStatus(runtime, key, serving);
  }
  return said;
}

describe.skipIf(process.platform === "win32")("mooring tail", () => {
  it("tells each change with its time, way, event and cause, until the runtime is closed", async () => {
    const rig = await hosted();
    const { runtime, path } = rig;
    const follower = await askChanges(path, key);
    const running = startCommand(["tail", "--control", path, key]);
    // Whatever comes after the command has connected is told by both.
    const told: ToldChange[] = [];
    const lost = running.says(
      /\d\d:\d\d:\d\d\.\d{3} {2}acme\.echo_test\.one: streaming\.serving -> backoff\.transient, by stream\.ended: \S+/,
    );
    const reading = (async () => {
      for await (const change of follower.read()) told.push(change);
    })();
    await cutUntil(lost, rig);
    await running.says(`${key}: awaitingRegister.first -> streaming.serving, by stream.accepted`);
    expect(running.output()).not.toContain("acme.echo_test.two");
    expect(told[0]).toMatchObject({
      key,
      from: "streaming.serving",
      to: "backoff.transient",
      event: "stream.ended",
      missed: 0,
    });
    await runtime.close();
    await running.says("The runtime was closed, or its control socket: no more comes.");
    expect(await running.exited).toBe(0);
    await reading;
  });

  it("prints a line of JSON for each with --json, and ends in order at Ctrl-C", async () => {
    const rig = await hosted();
    const { path } = rig;
    const running = startCommand(["tail", "--control", path, "--json"]);
    const first = running.says(/^(\{.*\})\n/);
    await cutUntil(first, rig);
    const [, line = ""] = await first;
    expect(Object.keys(JSON.parse(line))).toEqual([
      "key",
      "from",
      "to",
      "at",
      "event",
      "cause",
      "code",
      "detail",
      "missed",
    ]);
    running.child.kill("SIGINT");
    expect(await running.exited).toBe(0);
  });

  it("says that the process is gone when it was killed", async () => {
    const path = await socket();
    const module = new URL("../workers/connectors.mjs", import.meta.url).pathname;
    const env = { TENANT_ID: "t", INSTANCE_ID: "one" };
    const watched = startCommand(["run", module, "--url", "grpc://127.0.0.1:1", "--control", path], env);
    await watched.says("backoff");
    const running = startCommand(["tail", "--control", path]);
    await running.says("backoff.transient -> connecting");
    watched.child.kill("SIGKILL");
    await running.says("The process is gone: no more comes.");
    expect(await running.exited).toBe(2);
  });

  it.each([
    ["nobody", "Expected TENANT.TYPE.INSTANCE"],
    [
      "acme.echo_test.three",
      `There is no registration "acme.echo_test.three". Registrations: ${key}, acme.echo_test.two.`,
    ],
  ])("of %s says what there is", async (wrong, words) => {
    const { path } = await hosted();
    const { code, output } = await runCommand(["tail", "--control", path, wrong], {});
    expect(code).toBe(2);
    expect(output).toContain(words);
  });

  it("lets go of the runtime when it has gone, and holds little for one that does not read", async () => {
    const path = await socket();
    let left = 0;
    let taken = 0;
    const change = (at: number) =>
      ({
        key,
        from: "a",
        to: "b",
        at,
        cause: null,
        code: null,
        missed: 3,
        status: { enteredBy: "x".repeat(1_000), detail: null },
      }) as unknown as StateChange;
    const changes = (): AsyncIterableIterator<StateChange> => ({
      next: async () => {
        taken += 1;
        return { value: change(taken), done: false };
      },
      return: async () => {
        left += 1;
        return { value: undefined, done: true };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    });
    const runtime = createRuntime({ env: {} });
    onTestFinished(() => runtime.close());
    const facade = { status: () => runtime.status(), explain: () => "", journal: () => [], changes };
    const control = await serveControl(facade, path);
    onTestFinished(() => control.close());
    const asking = request({ socketPath: path, path: "/changes" });
    const response = new Promise<void>((resolve) =>
      asking.once("response", (answer) => answer.once("readable", () => resolve())),
    );
    asking.end();
    await response;
    // Until the socket is full: the same number again and again.
    for (let before = -1; before !== taken; ) {
      before = taken;
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(taken).toBeLessThan(20_000);
    asking.destroy();
    await eventually(() => left > 0);
  });
});
