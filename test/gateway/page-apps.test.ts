/** Apps in the gateway's page: in a real browser, and whom their addresses let in. */
import { once } from "node:events";
import { appConnector } from "mooring";
import { startGatewayPage } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import clock from "../../examples/app.js";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { looksRight } from "../support/page-looks.js";
import { openGatewayPage } from "./page-rig.js";

const key = "acme.app-clock.one";
const registrations = [{ tenantId: "acme", instanceId: "one", connector: clock }];
const gateway = { approval: "automatic" } as const;

/** Tells what it can reach, as text. */
const curious = appConnector({
  name: "Clock",
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/style.css")
      return new Response("h1 { color: rgb(1, 2, 3) }", { headers: { "content-type": "text/css" } });
    if (pathname === "/module.js")
      return new Response("document.title = 'module';", { headers: { "content-type": "text/javascript" } });
    const page = `<!doctype html><link rel="stylesheet" href="style.css"><h1>Grüße</h1>
<script type="module" src="module.js"></script>
<script>
  const tried = async (what) => { try { return await what(); } catch (error) { return error.name; } };
  (async () => {
    const found = {
      cookie: await tried(() => document.cookie),
      parent: await tried(() => parent.document.title),
      api: await tried(() => fetch("/api/registrations").then(({ status }) => status)),
      other: await tried(() => fetch("/page.js").then(({ status }) => status)),
    };
    document.body.append(Object.assign(document.createElement("pre"), { textContent: JSON.stringify(found) }));
  })();
</script>`;
    return new Response(page, {
      headers: {
        "content-type": "text/html",
        "content-security-policy": "default-src *",
        "set-cookie": "a=1",
        "x-own": "1",
      },
    });
  },
});

describe.skipIf(!hasChromium)("an app in the gateway's page", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  async function opened(look: Parameters<typeof openGatewayPage>[1] = {}) {
    const given = await openGatewayPage(browser, {
      registrations,
      gateway,
      charts: false,
      row: key,
      ...look,
    });
    const { page } = given;
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await page.getByRole("button", { name: "Open Clock" }).click();
    return { ...given, frame: page.frameLocator('iframe[title="Clock"]') };
  }

  it("shows its page, asks for what belongs to it, and has its WebSocket", async () => {
    const { page, frame, complaints } = await opened();
    await expect.poll(() => frame.locator("h1").textContent()).toBe("Clock");
    await expect.poll(() => frame.locator("#now").textContent()).toMatch(/^\d{4}-/);
    await frame.getByLabel("Words").fill("grüße");
    await frame.getByRole("button", { name: "Echo" }).click();
    await expect.poll(() => frame.locator("#echo").textContent()).toBe("grüße");
    expect(complaints).toEqual([]);
    await looksRight(page, "gateway-app");
    await page.getByRole("button", { name: "Close Clock" }).click();
    await expect.poll(() => page.locator("iframe").count()).toBe(0);
  });

  it("reaches its own pages, and nothing else", async () => {
    const { frame } = await opened({
      registrations: [{ tenantId: "acme", instanceId: "one", connector: curious }],
    });
    await expect.poll(() => frame.locator("h1").textContent()).toBe("Grüße");
    const colour = () => frame.locator("h1").evaluate((heading) => getComputedStyle(heading).color);
    await expect.poll(colour).toBe("rgb(1, 2, 3)");
    await expect.poll(() => frame.locator("h1").evaluate(() => document.title)).toBe("module");
    const found = JSON.parse((await frame.locator("pre").textContent()) ?? "");
    expect(found).toEqual({
      cookie: "SecurityError",
      parent: "SecurityError",
      api: "TypeError",
      other: "TypeError",
    });
  });

  it("opens by its own address only, and says of itself what the page's server wants", async () => {
    const { page, served } = await opened({
      registrations: [{ tenantId: "acme", instanceId: "one", connector: curious }],
    });
    const { origin } = new URL(served.url);
    const path = (await page.locator("iframe").getAttribute("src")) ?? "";
    const answer = await fetch(origin + path);
    expect(answer.status).toBe(200);
    const { headers } = answer;
    expect(headers.get("content-security-policy")).toMatch(/^sandbox allow-scripts .*frame-ancestors http:/);
    expect([headers.get("set-cookie"), headers.get("x-own"), headers.get("content-type")]).toEqual([
      null,
      "1",
      "text/html; charset=utf-8",
    ]);
    const other = path.replace(key, "acme.other.one");
    const wrong = path.replace(/[0-9a-f]{32}/, "0".repeat(32));
    for (const one of [other, wrong]) expect((await fetch(origin + one)).status).toBe(403);
    expect((await fetch(origin + path, { method: "POST" })).status).toBe(405);
    expect((await fetch(`${origin}/gateway/app/${key}`)).status).toBe(403);

    const refusal = (at: string, options = {}) =>
      new Promise((resolve) => {
        const socket = new WebSocket(origin.replace("http", "ws") + at, options);
        socket.on("unexpected-response", (_request, { statusCode }) => resolve(statusCode));
        socket.on("error", () => {});
      });
    expect(await refusal(path)).toBe(502); // the app takes none
    expect(await refusal(wrong)).toBe(403);
    expect(await refusal("/gateway/events")).toBe(404);
    expect(await refusal(path, { headers: { host: "evil.example" } })).toBe(404);
  });
});

describe("a WebSocket of an app's page", () => {
  it("has its frames in order, its subprotocol, and its end both ways", async () => {
    const ends: unknown[] = [];
    const live = appConnector({
      name: "Clock",
      webSocket: ({ path, query, headers }, socket) => ({
        frame: async (frame) => {
          if (frame.type !== "text") return;
          if (frame.text === "end") return socket.close(4_001, "done");
          await socket.send({ type: "text", text: `${path}?${query} ${headers.cookie} ${frame.text}` });
        },
        closed: ({ code, reason }) => void ends.push([code, reason]),
      }),
    });
    await using bench = await startTestBench({
      registrations: [{ tenantId: "acme", instanceId: "one", connector: live }],
    });
    const served = await startGatewayPage({ gateway: bench.gateway });
    onTestFinished(() => served.close());
    const { origin } = new URL(served.url);
    const opening = await fetch(served.url);
    const headers = { cookie: opening.headers.get("set-cookie")?.split(";")[0] ?? "" };
    const { path } = (await (await fetch(`${origin}/gateway/app/${key}`, { headers })).json()) as {
      path: string;
    };
    const connect = async () => {
      const socket = new WebSocket(`${origin.replace("http", "ws")}${path}/live?room=7`, ["chat"], {
        headers,
      });
      await once(socket, "open");
      return socket;
    };

    const socket = await connect();
    expect(socket.protocol).toBe("chat");
    const got: string[] = [];
    const closed = once(socket, "close");
    socket.on("message", (data) => got.push(String(data)));
    for (let number = 0; number < 300; number += 1) socket.send(String(number));
    socket.send("end");
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4_001, "done"]);
    // Its cookie is the page server's, and stays there.
    expect(got).toEqual(Array.from({ length: 300 }, (_, number) => `/live?room=7 undefined ${number}`));

    const leaving = await connect();
    leaving.close(4_002, "left");
    await expect.poll(() => ends).toEqual([[4_002, "left"]]);
    const wordless = await connect();
    wordless.close();
    await expect.poll(() => ends.at(-1)).toEqual([1_005, ""]);
  });
});
