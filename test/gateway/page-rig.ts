/** The gateway's page in a real browser, with a gateway and a runtime behind it. */
import {
  defineTool,
  jsonSchema,
  type RegistrationOptions,
  type RuntimeOptions,
  requestResponseConnector,
  startInspectorServer,
  toolConnector,
} from "mooring";
import { type GatewayOptions, type GatewayPage, startGatewayPage } from "mooring/gateway";
import { startTestBench, type TestBench } from "mooring/testing";
import type { Browser, Page } from "playwright-core";
import { onTestFinished } from "vitest";

const add = defineTool({
  name: "add",
  description: "Adds two numbers.",
  input: jsonSchema<{ a: number; b: number }>({
    type: "object",
    properties: {
      a: { type: "number", description: "the first" },
      b: { type: "number", description: "the second", default: 1 },
    },
    required: ["a", "b"],
  }),
  run: ({ a, b }) => ({ sum: a + b }),
});

const order = defineTool({
  name: "order",
  description: "Orders something, or says why not.",
  input: jsonSchema<{ title: string }>({
    type: "object",
    properties: {
      title: { type: "string", minLength: 1, maxLength: 60, description: "what is ordered" },
      amount: { type: "integer", minimum: 1, maximum: 10, default: 2 },
      size: { enum: ["small", "large"], default: "small" },
      gift: { type: "boolean" },
      tags: { type: "array", items: { type: "string", maxLength: 20 }, maxItems: 3 },
      address: {
        type: "object",
        description: "where it goes",
        properties: { street: { type: "string" }, zip: { type: ["string", "null"], pattern: "^[0-9]+$" } },
        required: ["street"],
      },
      extras: { type: "object", additionalProperties: { type: "number" } },
    },
    required: ["title", "amount"],
  }),
  run: (given) => {
    if (given.title === "nothing") throw new Error("nothing is sold out");
    return given;
  },
});

const shop = toolConnector("shop", [add, order], { version: "1.2.3" });
const echo = requestResponseConnector({
  type: "echo",
  version: "0.0.1",
  execute: (request) => request.json(),
});

export const shopKey = "acme.shop.one";
export const echoKey = "acme.echo.one";
const both: readonly RegistrationOptions[] = [
  { tenantId: "acme", instanceId: "one", connector: shop },
  { tenantId: "acme", instanceId: "one", connector: echo },
];

export interface OpenedPage {
  readonly page: Page;
  readonly bench: TestBench;
  readonly served: GatewayPage;
  /** The address of the runtime's inspector, with its token. */
  readonly inspector: string;
  /** Addresses that the page asked for. */
  readonly asked: readonly string[];
  /** What the browser complained about: errors, and what its policy refused. */
  readonly complaints: readonly string[];
  /** What came over streams of events so far. */
  frames(): Promise<readonly string[]>;
}

export interface Look {
  readonly registrations?: readonly RegistrationOptions[];
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly gateway?: GatewayOptions;
  readonly runtime?: RuntimeOptions;
  /** Shows the runtime's charts. Default: true. */
  readonly charts?: boolean;
}

/** What comes over a feed is written down before the page sees it. */
function recordFrames(): void {
  const frames: string[] = [];
  Object.assign(window, { frames_: frames });
  const Original = EventSource;
  window.EventSource = class extends Original {
    constructor(address: string | URL) {
      super(address);
      this.addEventListener("message", ({ data }) => frames.push(String(data)));
    }
  };
}

export async function openGatewayPage(browser: Browser, look: Look = {}): Promise<OpenedPage> {
  const { registrations = both, width = 1400, colorScheme = "light", gateway, runtime, charts = true } = look;
  const bench = await startTestBench({
    registrations,
    gateway: { approval: "manual", ...gateway },
    runtime: { inspect: true, ...runtime },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const server = await startInspectorServer({
    feed: bench.runtime.inspection,
    status: () => bench.runtime.status(),
  });
  onTestFinished(() => server.close());
  const served = await startGatewayPage({
    gateway: bench.gateway,
    ...(charts ? { inspector: server.url } : {}),
  });
  onTestFinished(() => served.close());
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  onTestFinished(() => page.close());
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && complaints.push(line.text()));
  await page.addInitScript(recordFrames);
  await page.goto(served.url);
  await page.waitForSelector(`.virtual-row[data-name="${registrations.length > 0 ? shopKey : ""}"]`);
  return {
    page,
    bench,
    served,
    inspector: server.url,
    asked,
    complaints,
    frames: () => page.evaluate(() => (window as unknown as { frames_: string[] }).frames_),
  };
}
