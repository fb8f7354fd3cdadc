/** `mooring explain` without a key: which registrations need attention is said by the runtime, not by its text. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuntime, serveControl } from "mooring";
import { startGateway } from "mooring/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { askControl } from "../../src/control/client.js";
import { echo } from "../support/connectors.js";
import { runCommand } from "../support/run-command.js";
import { serving, untilStatus } from "../support/until.js";

const key = "t.echo_test.i";

async function socket(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mooring-explain-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "c.sock");
}

/** Another runtime's answers, of one registration that is ready after two streams that did not last. */
async function answering(explanation: object): Promise<string> {
  const path = await socket();
  const registrations = [{ key, ready: true, attempt: 2 }];
  const server = createServer((request, response) => {
    const isExplain = request.url?.startsWith("/explain");
    response
      .writeHead(200, { connection: "close" })
      .end(JSON.stringify(isExplain ? explanation : { ready: true, registrations }));
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
  return path;
}

describe("mooring explain without a key", () => {
  it.each([
    [{ text: `${key}: mend it`, needsAttention: true }, `${key}: mend it\n`],
    [
      { text: `${key}: fine\n  Detail: somebody wrote\n  What to do: nothing`, needsAttention: false },
      "Every registration is ready.\n",
    ],
  ])("tells of a ready one what the runtime says needs attention: %o", async (explanation, wanted) => {
    const path = await answering(explanation);
    expect(await runCommand(["explain", "--control", path], {})).toEqual({ code: 0, output: wanted });
  });
});

describe("the control socket's explanation", () => {
  const explained = async (path: string) => (await askControl(path, `/explain?key=${key}`)).body;

  it("says whether a person can do something about the registration", async () => {
    await using gateway = await startGateway();
    const runtime = createRuntime({ url: gateway.url, env: {} });
    onTestFinished(() => runtime.close());
    runtime.add({ tenantId: "t", instanceId: "i", connector: echo });
    const { path, close } = await serveControl(runtime, await socket());
    onTestFinished(close);
    await runtime.start();
    expect(await explained(path)).toMatchObject({ text: expect.stringContaining(key), needsAttention: true });
    gateway.approve(key);
    await untilStatus(runtime, key, serving);
    expect(await explained(path)).toMatchObject({ needsAttention: false });
    await gateway.close();
    await untilStatus(runtime, key, ({ cause }) => cause === "unreachable");
    expect(await explained(path)).toMatchObject({ needsAttention: true });
  });
});
