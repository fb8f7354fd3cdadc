import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startTestBench, type TestBenchOptions } from "mooring/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { echo } from "../support/connectors.js";
import { eventually } from "../support/until.js";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mooring-test-of-bench-"));
  vi.stubEnv("TMPDIR", folder);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const listening = () => process.getActiveResourcesInfo().filter((name) => name === "TCPServerWrap").length;

const misspelt = { tenantId: "t", instance: "i", connector: echo } as never; // what a caller without types can write

describe("a test bench that cannot start", () => {
  it.each<[string, TestBenchOptions, string]>([
    ["a registration's option", { registrations: [misspelt] }, 'did you mean "instanceId"'],
    ["an option of the runtime", { runtime: { backof: {} } as never }, 'did you mean "backoff"'],
    [
      "a second registration of the same name",
      { registrations: [{ connector: echo }, { connector: echo }] },
      "duplicate registration",
    ],
  ])("by %s leaves neither a listening gateway nor a folder", async (_, options, message) => {
    const before = listening();
    await expect(startTestBench(options)).rejects.toThrow(message);
    await eventually(() => listening() === before);
    expect(await readdir(folder)).toEqual([]);
  });
});

describe("a registration of a test bench", () => {
  it("[C14 #100] without an instance id has its connector's type for it", async () => {
    await using bench = await startTestBench({ registrations: [{ connector: echo }] });
    expect(bench.runtime.status().registrations.map(({ key }) => key)).toEqual([
      "default.echo_test.echo_test",
    ]);
  });

  it("has the one of the environment, where there is one", async () => {
    await using bench = await startTestBench({
      registrations: [{ connector: echo }],
      runtime: { env: { INSTANCE_ID: "from-outside" } },
    });
    expect(bench.runtime.status().registrations.map(({ key }) => key)).toEqual([
      "default.echo_test.from-outside",
    ]);
  });
});

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
  [{ registrations: [null] }, "registrations[0] must be an object of options; got null."],
  [{ gateway: { aproval: "manual" } }, "aproval is no option of startGateway()"],
])("refuses %o", async (options, message) => {
  const given: object = options;
  await expect(startTestBench(given)).rejects.toMatchObject({
    code: "INVALID_CONFIG",
    message: expect.stringContaining(message),
  });
});
