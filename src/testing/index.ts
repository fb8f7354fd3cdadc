/**
 * What a test of connectors needs: a gateway that approves everything, and a runtime that is quick to retry and
 * strict about its own events.
 *
 * @module mooring/testing
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Gateway, type GatewayOptions, startGateway } from "../gateway/index.js";
import { createRuntime, type RegistrationOptions, type Runtime, type RuntimeOptions } from "../index.js";
import { checkOptions } from "../options/check.js";
import { onlyGiven } from "../options/only-given.js";
import { testBenchCall } from "./option-table.js";

export { startGateway } from "../gateway/index.js";
export { replay } from "../recording/replay-call.js";
export type {
  ChartPart,
  Difference,
  Divergence,
  Movement,
  ReplayOptions,
  ReplayResult,
} from "../recording/replay-types.js";
export type { ChartName } from "../recording/settings.js";
export {
  type ProxyFaults,
  startTestProxy,
  type TestProxy,
  type TestProxyOptions,
} from "./connect-proxy.js";
export { type ReachedState, type ReachesOptions, reaches } from "./reaches.js";
export {
  type TestedConnector,
  type TestedTool,
  type TestRequestOptions,
  testConnector,
  testTool,
} from "./test-connector.js";

/** A gateway and a runtime connected to it. `await using` closes both at the end of the block. */
export interface TestBench extends AsyncDisposable {
  /** The gateway. */
  readonly gateway: Gateway;
  /** The runtime, started. */
  readonly runtime: Runtime;
  /** Credentials of this bench only; gone at the end. */
  readonly credentialsDirectory: string;
  /** Closes runtime and gateway and removes the credentials. Rejects when there was a fault inside Mooring. */
  close(): Promise<void>;
}

/**
 * Options of {@link startTestBench}.
 *
 * @example
 * ```ts
 * import { startTestBench, type TestBenchOptions } from "mooring/testing";
 *
 * const options: TestBenchOptions = { gateway: { approval: "manual" }, runtime: { requestTimeoutMs: 500 } };
 * await using bench = await startTestBench(options);
 * ```
 */
export interface TestBenchOptions {
  /**
   * Added before the start. One without an `instanceId` has its connector's type for it.
   * @default none
   */
  readonly registrations?: readonly RegistrationOptions[];
  /**
   * Options of `startGateway`.
   * @default automatic approval
   */
  readonly gateway?: GatewayOptions;
  /**
   * Options of `createRuntime`.
   * @default quick retries, `strict`, an empty environment
   */
  readonly runtime?: RuntimeOptions;
}

/** With its connector's type as instance id, where neither the registration nor the environment has one. */
function named(registration: RegistrationOptions, env: RuntimeOptions["env"]): RegistrationOptions {
  const { connector, instanceId = env?.INSTANCE_ID?.trim() || undefined } = registration;
  // Without a connector there is nothing to name it by, and `add` says what is missing.
  if (instanceId !== undefined || !connector) return registration;
  return {
    ...registration,
    instanceId: typeof connector === "string" ? connector : connector.connectorType,
  };
}

/**
 * A gateway and a runtime connected to it, on loopback, started. Close it at the end. Rejects with INVALID_CONFIG
 * for bad options, with nothing left open.
 *
 * @example
 * ```ts
 * import { requestResponseConnector } from "mooring";
 * import { startTestBench } from "mooring/testing";
 *
 * const connector = requestResponseConnector({
 *   type: "echo",
 *   version: "1.0.0",
 *   execute: (request) => request.json(),
 * });
 * await using bench = await startTestBench({ registrations: [{ tenantId: "t", instanceId: "1", connector }] });
 * const answer = await bench.gateway.execute("t.echo.1", { payload: { a: 1 } });
 * console.log(answer.json());
 * ```
 */
export async function startTestBench(options: TestBenchOptions = {}): Promise<TestBench> {
  checkOptions(options, testBenchCall);
  const ends: (() => Promise<void>)[] = [];
  /** Each, whatever the others do; rejects with what went wrong first. */
  const end = async () => {
    const failures: unknown[] = [];
    for (const one of [...ends].reverse()) await one().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  try {
    const credentialsDirectory = await mkdtemp(join(tmpdir(), "mooring-bench-"));
    ends.push(() => rm(credentialsDirectory, { recursive: true, force: true }));
    const gateway = await startGateway({
      approval: "automatic",
      ...onlyGiven(options.gateway ?? {}),
    });
    ends.push(() => gateway.close());
    const settings: RuntimeOptions = {
      url: gateway.url,
      backoff: { baseMs: 20, maxMs: 500, jitterMs: 20 },
      strict: true,
      env: {},
      ...onlyGiven(options.runtime ?? {}),
      credentials: { directory: credentialsDirectory, ...onlyGiven(options.runtime?.credentials ?? {}) },
    };
    const runtime = createRuntime(settings);
    ends.push(() => runtime.close());
    for (const one of options.registrations ?? []) runtime.add(named(one, settings.env));
    await runtime.start();
    const close = async () => {
      await end();
      const { faults } = await runtime.closed;
      if (faults.length > 0) throw new AggregateError(faults, "Faults inside Mooring.");
    };
    return { gateway, runtime, credentialsDirectory, close, [Symbol.asyncDispose]: close };
  } catch (error) {
    await end().catch(() => {}); // why it could not start counts more
    throw error;
  }
}
