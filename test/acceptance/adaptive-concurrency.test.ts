/** `maxConcurrentRequests: "adaptive"` from the option to the status, over a real stream. */
import { setImmediate as turn, setTimeout as wait } from "node:timers/promises";
import {
  combineConnectors,
  createRuntime,
  defineTool,
  jsonSchema,
  type RegistrationOptions,
  requestResponseConnector,
  toolConnector,
} from "mooring";
import { type GatewayEvent, startGateway } from "mooring/gateway";
import { expect, it, onTestFinished } from "vitest";
import { eventually } from "../support/until.js";

/** What a handler does: it is quick, or the slower the more of it run. */
class Weather {
  isBad = false;
  running = 0;
  peak = 0;

  async handle(): Promise<object> {
    this.running += 1;
    this.peak = Math.max(this.peak, this.running);
    await (this.isBad ? wait(5 * this.running) : turn());
    this.running -= 1;
    return {};
  }
}

async function served(options: RegistrationOptions) {
  const gateway = await startGateway({ approval: "automatic" });
  onTestFinished(() => gateway.close());
  const reports: GatewayEvent[] = [];
  gateway.on((event) => {
    if (event.type === "metrics") reports.push(event);
  });
  const runtime = createRuntime({ url: gateway.url, env: {}, metricsIntervalMs: 20 });
  onTestFinished(() => runtime.close());
  const { key } = runtime.add({ tenantId: "t", instanceId: "i", ...options });
  await runtime.start();
  const status = () => runtime.registration(key).status();
  return { gateway, key, status, reports };
}

/** Always `count` requests under way, until the test is over. */
function flood(count: number, execute: () => Promise<unknown>): void {
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
  });
  const again = async () => {
    // A refusal comes at once: without a turn between, refusals would be all that happens.
    for (; !isOver; await turn()) await execute().catch(() => {});
  };
  for (let i = 0; i < count; i += 1) void again();
}

const plain = (weather: Weather) =>
  requestResponseConnector({ type: "plain", version: "1.0.0", execute: () => weather.handle() });

// That they become more, and more again, depends on how fast the machine is: test/execution/adaptive-limit.test.ts simulates it.
it("slots become fewer when the handler degrades, and a flood is refused early", async () => {
  const weather = new Weather();
  weather.isBad = true;
  const { gateway, key, status } = await served({
    connector: plain(weather),
    maxConcurrentRequests: { least: 1, most: 64 },
    maxQueuedRequests: 64,
  });
  expect(status().work.slots).toBe(8);
  flood(100, () => gateway.execute(key));
  await eventually(() => status().work.slots < 8);
  const { overloads } = status().counters;
  await eventually(() => status().counters.overloads > overloads);
  expect(weather.peak).toBeLessThanOrEqual(64);
});

it("how many there are goes out with metrics reports, and nothing where their number is fixed", async () => {
  const reported = async (maxConcurrentRequests: RegistrationOptions["maxConcurrentRequests"]) => {
    const { reports } = await served({
      connector: plain(new Weather()),
      ...(maxConcurrentRequests === undefined ? {} : { maxConcurrentRequests }),
    });
    await eventually(() => reports.length > 0);
    return reports[0];
  };
  const figures = { "sdk.system_cpu_count": expect.any(Number) };
  expect(await reported("adaptive")).toMatchObject({
    report: { customMetrics: { ...figures, "sdk.request_slots": 20 } },
  });
  const fixed = await reported(7);
  expect(fixed).toMatchObject({ report: { customMetrics: figures } });
  expect(fixed).not.toMatchObject({ report: { customMetrics: { "sdk.request_slots": expect.anything() } } });
});

it("a combined connector's parts share the slots, and a tool's own concurrency holds within them", async () => {
  const [all, one] = [new Weather(), new Weather()];
  all.isBad = true;
  one.isBad = true;
  const tools = toolConnector(
    "tools",
    [
      defineTool({
        name: "single",
        description: "One at a time",
        input: jsonSchema({ type: "object" }),
        concurrency: 1,
        run: () => one.handle(),
      }),
    ],
    { timeoutMs: 600_000 },
  );
  const { gateway, key, status } = await served({
    connector: combineConnectors({ type: "both", version: "1.0.0", connectors: [plain(all), tools] }),
    maxConcurrentRequests: { least: 2, most: 6 },
    maxQueuedRequests: 1_000,
  });
  const { slots } = status().work;
  flood(20, () => gateway.execute(key));
  flood(20, () =>
    gateway.execute(key, { capabilityId: "single", payload: { tool: "single", parameters: {} } }),
  );
  await eventually(() => status().counters.requests_processed >= 300);
  expect(one.peak).toBe(1);
  expect(all.peak).toBeLessThanOrEqual(6);
  expect(slots).toBe(3);
  expect(status().work.slots).toBeGreaterThanOrEqual(2);
  expect(status().counters.requests_failed).toBe(status().counters.overloads);
});
