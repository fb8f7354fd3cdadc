import { startGateway, startTestBench } from "mooring/testing";
import { expect, it } from "vitest";
import { echo } from "../support/connectors.js";

it("keeps what it has chosen where an option is undefined, as a spread may leave it", async () => {
  const gateway: object = { approval: undefined };
  const runtime: object = { url: undefined, strict: undefined, credentials: { directory: undefined } };
  await using bench = await startTestBench({
    registrations: [{ tenantId: "t", instanceId: "1", connector: echo }],
    gateway,
    runtime,
  });
  expect(bench.runtime.status()).toMatchObject({ ready: true, gateway: bench.gateway.url });
});

it.each([
  [{ registration: [] }, 'registration is no option of startTestBench(); did you mean "registrations"?'],
  [{ registrations: {} }, "registrations must be a list; got an object."],
  [{ gateway: { aproval: "manual" } }, "aproval is no option of startGateway()"],
])("refuses %o", async (options, message) => {
  const given: object = options;
  await expect(startTestBench(given)).rejects.toMatchObject({
    code: "INVALID_CONFIG",
    message: expect.stringContaining(message),
  });
});

it.each([
  [{ runtime: { colour: "red" } }, "colour is no option of createRuntime()"],
  [{ registrations: [{ connector: echo }] }, "instanceId is required"],
])("leaves nothing listening when it refuses %o", async (options, message) => {
  const before = await startGateway();
  const { port } = before;
  await before.close();
  const given: object = { ...options, gateway: { port } };
  await expect(startTestBench(given)).rejects.toMatchObject({ message: expect.stringContaining(message) });
  const next = await startGateway({ port });
  await next.close();
});
