/** A real browser shows a page of another origin, and the page tries what it can. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { requestResponseConnector, startInspectorServer } from "mooring";
import type { Gateway } from "mooring/gateway";
import { startTestBench } from "mooring/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startCallbackServer } from "../../src/sign-in/callback-server.js";
import { signInRig } from "../sign-in/rig.js";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { quietFeed } from "../support/quiet-feed.js";

const key = "acme.shell.one";

/** Serves one page to whoever asks; the browser finds it under any name. */
async function site(html: string): Promise<number> {
  const server = createServer((_, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(html),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

/** A gateway at which somebody waits for approval, and what it was told to do since. */
async function gatewayWithPending(): Promise<{ gateway: Gateway; deeds: () => unknown }> {
  const connector = requestResponseConnector({ type: "shell", version: "1.0.0", execute: () => "ran" });
  const bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "one", connector }],
    gateway: { approval: "manual" },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const { gateway } = bench;
  const deeds = () => [
    gateway.registrations().map((one) => [one.key, one.state, one.connected]),
    gateway.stats().executesSent,
    gateway.clients(),
    gateway.faults(),
  ];
  return { gateway, deeds };
}

/** Everything that a page can send elsewhere without asking first, and what it may ask for. Answers with what it could read. */
async function attack({ api, key }: { api: string; key: string }): Promise<readonly string[]> {
  const read: string[] = [];
  const calls: [string, string][] = [
    [`/api/registrations/${key}/approve`, ""],
    [`/api/registrations/${key}/execute`, '{"payload":{"command":"id"}}'],
    [`/api/registrations/${key}/deregister`, ""],
    ["/api/faults", '{"deaf":true}'],
    ["/api/one-time-tokens", '{"tenantId":"t","connectorType":"c"}'],
    ["/api/clients", '{"tenantId":"t","connectorType":"c","instanceId":"i"}'],
  ];
  const tried: Promise<unknown>[] = [];
  const send = (path: string, init: RequestInit) =>
    tried.push(
      fetch(api + path, init)
        .then((response) => response.text())
        .then((text) => text && read.push(text))
        .catch(() => {}),
    );
  for (const [path, body] of calls) {
    for (const mode of ["no-cors", "cors"] as const) {
      send(path, { method: "POST", mode, body });
      send(path, { method: "POST", mode });
      send(path, { method: "POST", mode, body: new Blob([body]) });
      send(path, { method: "POST", mode, body, headers: { "content-type": "application/json" } });
      send(path, { method: "POST", mode, body: new URLSearchParams({ [body]: "" }), credentials: "include" });
    }
    navigator.sendBeacon(api + path, body);
    const frame = document.createElement("iframe");
    frame.name = path;
    const form = document.createElement("form");
    Object.assign(form, { method: "POST", action: api + path, enctype: "text/plain", target: path });
    const field = document.createElement("input");
    Object.assign(field, { name: body, value: "" });
    form.append(field);
    document.body.append(frame, form);
    tried.push(new Promise((resolve) => frame.addEventListener("load", resolve, { once: true })));
    form.submit();
  }
  for (const path of ["/api/registrations", "/api/stats", "/api/oidc-config", "/healthz"]) {
    send(path, { mode: "cors" });
    send(path, { mode: "no-cors" });
    const image = new Image();
    tried.push(new Promise((resolve) => image.addEventListener("error", resolve, { once: true })));
    image.src = api + path;
    document.body.append(image);
  }
  await Promise.all(tried);
  return read;
}

/** The statuses of what `page` got from the server at `port`, by any of its names. */
function statusesFrom(page: Page, port: number): Set<number> {
  const statuses = new Set<number>();
  page.on("response", (response) => {
    if (Number(new URL(response.url()).port) === port) statuses.add(response.status());
  });
  return statuses;
}

describe.skipIf(!hasChromium)("a page of another origin in a real browser", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium("evil.example", "app.example");
  });
  afterAll(async () => browser?.[Symbol.asyncDispose]());

  async function visiting(url: string): Promise<Page> {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  it.each([
    ["evil.example", "127.0.0.1"],
    ["localhost", "127.0.0.1"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.1", "localhost"],
  ])("on %s gets nothing done and nothing read at %s", async (from, to) => {
    const { gateway, deeds } = await gatewayWithPending();
    const before = deeds();
    const page = await visiting(`http://${from}:${await site("<body>hello</body>")}/`);
    const statuses = statusesFrom(page, gateway.port);
    const read = await page.evaluate(attack, { api: `http://${to}:${gateway.port}`, key });
    expect({ read, statuses, deeds: deeds() }).toEqual({ read: [], statuses: new Set([403]), deeds: before });
  });

  it("gets nothing by a name of its own for this address (DNS rebinding)", async () => {
    const { gateway, deeds } = await gatewayWithPending();
    const before = deeds();
    const api = `http://evil.example:${gateway.port}`;
    const page = await visiting(`${api}/api/registrations`);
    expect(await page.textContent("body")).toContain("FOREIGN_HOST");
    const statuses = statusesFrom(page, gateway.port);
    const read = await page.evaluate(attack, { api, key });
    // It may read that it was refused, as the answer is of its own origin.
    expect(read.filter((text) => !text.includes("FOREIGN_HOST"))).toEqual([]);
    expect([statuses, deeds()]).toEqual([new Set([403]), before]);
  });

  it("gets nothing of the inspector and of the callback of a sign-in", async () => {
    const inspector = await startInspectorServer({
      feed: quietFeed(),
      status: () => ({ registrations: [] }),
    });
    onTestFinished(() => inspector.close());
    const callback = await startCallbackServer();
    onTestFinished(() => callback.close());
    const opened = await visiting(inspector.url);
    expect(await opened.title()).not.toBe("");
    const page = await opened.context().newPage();
    await page.goto(`http://evil.example:${await site("<body>hello</body>")}/`);
    const { origin, search, port } = new URL(inspector.url);
    const [inspected, called] = [
      statusesFrom(page, Number(port)),
      statusesFrom(page, Number(new URL(callback.redirectUri).port)),
    ];
    await page.evaluate(
      async (urls) => {
        for (const url of urls)
          for (const mode of ["cors", "no-cors"] as const) await fetch(url, { mode }).catch(() => {});
      },
      [
        `${origin}/status${search}`,
        `${origin}/status`,
        `${origin}/events`,
        `${callback.redirectUri}?code=1&state=2`,
      ],
    );
    expect([...inspected, ...called].filter((status) => status < 400)).toEqual([]);
  });

  it("leads to a sign-in, as other pages do in OAuth, which comes back to the terminal", async () => {
    const rig = await signInRig();
    const { subject } = await rig.signIn(async (url) => {
      const link = `<a href="${url.replaceAll("&", "&amp;")}">sign in</a>`;
      const page = await visiting(`http://app.example:${await site(link)}/`);
      await page.click("a");
      await page.click('button[value="allow"]');
      await page.getByText("You can close this window").waitFor();
    });
    expect(subject).toBe("developer");
  });
});
