/**
 * `mooring/testing`: what a test of connectors needs. A gateway that approves everything, and a runtime that is
 * quick to retry and strict about its own events.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, type GatewayOptions, startGateway } from "../gateway/index.js";
import { createRuntime, type RegistrationOptions, type Runtime, type RuntimeOptions } from "../index.js";
import { type Call, checkOptions } from "../options/check.js";
import { options as group, type Kind, list } from "../options/kinds.js";
import { onlyGiven } from "../options/only-given.js";

export { startGateway } from "../gateway/index.js";

/** `await using` closes it at the end of the block. */
export interface TestBench extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly runtime: Runtime;
  /** Credentials of this bench only; gone at the end. */
  readonly credentialsDirectory: string;
  /** Closes runtime and gateway and removes the credentials. Rejects when there was a fault inside Mooring. */
  close(): Promise<void>;
}

export interface TestBenchOptions {
  /** Added before the start. */
  readonly registrations?: readonly RegistrationOptions[];
  readonly gateway?: GatewayOptions;
  readonly runtime?: RuntimeOptions;
}

/** The options of gateway and runtime are checked where they are started. */
const bench: Call = {
  name: "startTestBench()",
  table: { registrations: list, gateway: group, runtime: group } satisfies Record<
    keyof TestBenchOptions,
    Kind
  >,
};

/** The bench's runtime, started. */
async function startRuntime(options: TestBenchOptions, url: string, directory: string): Promise<Runtime> {
  const runtime = createRuntime({
    url,
    backoff: { baseMs: 20, maxMs: 500, jitterMs: 20 },
    strict: true,
    env: {},
    ...onlyGiven(options.runtime ?? {}),
    credentials: { directory, ...onlyGiven(options.runtime?.credentials ?? {}) },
  });
  try {
    for (const registration of options.registrations ?? []) runtime.add(registration);
    await runtime.start();
    return runtime;
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

/** A gateway and a runtime connected to it, on loopback, started. Close it at the end. */
export async function startTestBench(options: TestBenchOptions = {}): Promise<TestBench> {
  checkOptions(options, bench);
  const gateway = await startGateway({ approval: "automatic", ...onlyGiven(options.gateway ?? {}) });
  const credentialsDirectory = await mkdtemp(join(tmpdir(), "mooring-bench-"));
  const clear = async () => {
    await gateway.close();
    await rm(credentialsDirectory, { recursive: true, force: true });
  };
  const runtime = await startRuntime(options, gateway.url, credentialsDirectory).catch(
    async (error: unknown) => {
      await clear();
      throw error;
    },
  );
  const close = async () => {
    await runtime.close();
    await clear();
    const { faults } = await runtime.closed;
    if (faults.length > 0) throw new AggregateError(faults, "Faults inside Mooring.");
  };
  return { gateway, runtime, credentialsDirectory, close, [Symbol.asyncDispose]: close };
}
