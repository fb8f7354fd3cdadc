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
import type { Browser } from "playwright-core";
import { onTestFinished } from "vitest";
import { type WatchedPage, watchedPage } from "../support/watched-page.js";

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

export interface OpenedPage extends WatchedPage {
  readonly bench: TestBench;
  readonly served: GatewayPage;
  /** The address of the runtime's inspector, with its token. */
  readonly inspector: string;
}

export interface Look {
  readonly registrations?: readonly RegistrationOptions[];
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly gateway?: GatewayOptions;
  readonly runtime?: RuntimeOptions;
  /** The registration that is waited for. */
  readonly row?: string;
  /** Shows the runtime's charts. Default: true. */
  readonly charts?: boolean;
}

export async function openGatewayPage(browser: Browser, look: Look = {}): Promise<OpenedPage> {
  const {
    registrations = both,
    width = 1400,
    colorScheme = "light",
    gateway,
    runtime,
    charts = true,
    row = shopKey,
  } = look;
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
  const watched = await watchedPage(browser, { viewport: { width, height: 900 }, colorScheme });
  const { page } = watched;
  await page.goto(served.url);
  await page.waitForSelector(`.virtual-row[data-name="${registrations.length > 0 ? row : ""}"]`);
  return {
    ...watched,
    bench,
    served,
    inspector: server.url,
  };
}
