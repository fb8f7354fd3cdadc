/** Apps behind a real stream of the embedded gateway. */
import { Hono } from "hono";
import { appConnector, type Connector, createRuntime, type RuntimeOptions } from "mooring";
import { startGateway } from "mooring/gateway";
import { afterEach, describe, expect, it } from "vitest";
import type { TestPage } from "./rig.js";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

const key = "acme.app-shop.one";

async function serving(connector: Connector, options: RuntimeOptions = {}) {
  const gateway = await startGateway({ approval: "automatic" });
  open.push(() => gateway.close());
  const runtime = createRuntime({ url: gateway.url, ...options });
  open.push(() => runtime.close());
  runtime.add({ tenantId: "acme", instanceId: "one", connector });
  await runtime.start();
  return async (payload: unknown, context: Readonly<Record<string, string>> = {}) => {
    const { success, error, json } = await gateway.execute(key, { payload, context, timeoutMs: 20_000 });
    expect([success, error]).toEqual([true, ""]);
    return json() as TestPage;
  };
}

describe("an app of Hono", () => {
  it("[C16 #77] serves its pages, with parameters, context and its own 404", async () => {
    const hono = new Hono<{ Bindings: { subject: string | undefined } }>();
    hono.get("/orders/:id", (c) =>
      c.html(`<h1>Order ${c.req.param("id")} as ${c.req.query("as")} for ${c.env.subject}</h1>`),
    );
    hono.post("/orders", async (c) => c.json({ got: await c.req.json() }, 201));
    hono.get(
      "/picture",
      () => new Response(new Uint8Array([137, 80]), { headers: { "content-type": "image/png" } }),
    );
    hono.onError((_error, c) => c.text("not now", 500));
    hono.get("/broken", () => {
      throw new Error("a failure that Hono prints");
    });
    const ask = await serving(appConnector({ name: "Shop", fetch: hono.fetch }));
    expect(await ask({ path: "/orders/7", params: { as: "list" } }, { user_id: "ada" })).toEqual({
      content_type: "text/html; charset=UTF-8",
      body: "<h1>Order 7 as list for ada</h1>",
      status: 200,
      encoding: "utf8",
    });
    const posted = {
      path: "/orders",
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":1}',
    };
    expect(await ask(posted)).toMatchObject({ status: 201, body: '{"got":{"a":1}}' });
    expect(await ask({ path: "/picture" })).toMatchObject({ encoding: "base64", body: "iVA=" });
    expect(await ask({ path: "/none" })).toMatchObject({ status: 404, body: "404 Not Found" });
    expect(await ask({ path: "/broken" })).toMatchObject({ status: 500, body: "not now" });
    expect(await ask({ nothing: 1 })).toMatchObject({ status: 400 });
  });
});

describe("a page of about the size of a message", () => {
  it("is sent or refused, and the stream goes on", async () => {
    const maxMessageBytes = 100_000;
    const app = appConnector({
      name: "Shop",
      fetch: (request) => {
        const { searchParams } = new URL(request.url);
        const body = (searchParams.get("character") ?? "x").repeat(Number(searchParams.get("length")));
        return new Response(body, { headers: { "content-type": searchParams.get("type") ?? "text/plain" } });
      },
    });
    const ask = await serving(app, { maxMessageBytes });
    const statuses: number[] = [];
    for (const params of [
      { length: "99000" },
      { length: "99900" },
      { length: "100000" },
      { length: "5000000" },
      { length: "49000", character: '"' },
      { length: "50000", character: '"' },
      { length: "74000", type: "image/png" },
      { length: "75000", type: "image/png" },
      { length: "1" },
    ])
      statuses.push((await ask({ path: "/", params })).status);
    expect(statuses).toEqual([200, 413, 413, 413, 200, 413, 200, 413, 200]);
  });
});
