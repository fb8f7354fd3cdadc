/** A handler that computes without a pause in the runtime's own thread: what is told of it afterwards. */
import {
  createRuntime,
  defineTool,
  jsonSchema,
  type Logger,
  requestResponseConnector,
  silentLogger,
  toolConnector,
} from "mooring";
import { startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

async function hosted(logger: Logger) {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url, logger, env: {} });
  onTestFinished(() => runtime.close());
  return { gateway, runtime };
}

it("journal, explain and log tell how long the event loop was blocked, and by which handler", async () => {
  const lines: { readonly fields: object; readonly message: string }[] = [];
  const warn = (fields: object, message: string) => void lines.push({ fields, message });
  const { gateway, runtime } = await hosted({ ...silentLogger, warn });
  const input = jsonSchema({ type: "object" });
  const crunch = defineTool({ name: "crunch", description: "computes", input, run: () => block(1_700) });
  const math = toolConnector("math", [crunch]);
  const { key } = runtime.add({ tenantId: "t", instanceId: "a", connector: math });
  const { key: neighbour } = runtime.add({ tenantId: "t", instanceId: "b", connector: echo });
  await runtime.start();
  expect((await gateway.execute(key, { capabilityId: "crunch", payload: {} })).success).toBe(true);
  const words = expect.stringMatching(
    /^the event loop was blocked for \d+ s by the handler `crunch` of t\.math\.a/,
  );
  for (const one of [key, neighbour]) {
    const notes = runtime.journal(one).filter(({ event }) => event === "loop.blocked");
    expect(notes).toContainEqual(expect.objectContaining({ kind: "note", detail: words }));
    expect(runtime.explain(one)).toMatch(/loop\.blocked, the event loop was blocked for \d+ s/);
    expect(runtime.registration(one).status()).toMatchObject({ ready: true, detail: null });
  }
  expect(lines).toContainEqual({
    fields: {
      blockedMs: expect.any(Number),
      processorMs: expect.any(Number),
      registration: key,
      handler: "crunch",
    },
    message: words,
  });
});

it("says perhaps of a handler that went on after an await", async () => {
  const { gateway, runtime } = await hosted(silentLogger);
  const connector = requestResponseConnector({
    type: "slow",
    version: "1.0.0",
    async execute() {
      await new Promise((resolve) => setImmediate(resolve));
      // Longer than what it may take to be certain that no turn of the loop came between.
      block(2_000);
    },
  });
  const { key } = runtime.add({ tenantId: "t", instanceId: "a", connector });
  await runtime.start();
  expect((await gateway.execute(key)).success).toBe(true);
  const note = runtime.journal(key).findLast(({ event }) => event === "loop.blocked");
  expect(note?.detail).toMatch(
    /^the event loop was blocked for \d+ s, perhaps by the handler `slow` of t\.slow\.a after an await/,
  );
});
