/** The view of requests in a real browser: what is in flight, what each answered one went through, and no word of what was in it. */
import {
  defineTool,
  requestResponseConnector,
  startInspectorServer,
  ToolError,
  toolConnector,
} from "mooring";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { serious } from "./page-axe.js";
import { crowdOf } from "./page-crowd.js";
import { openPage } from "./page-rig.js";

const key = "acme.toolbox.one";

/** Tools that answer at once, when the test says so, with an error, and never. */
function toolbox() {
  const opens: (() => void)[] = [];
  const parameters = z.object({ words: z.string() });
  const tool = (name: string, handler: (args: { words: string }) => unknown, timeoutMs?: number) =>
    defineTool({
      name,
      description: name,
      input: parameters,
      run: handler,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  const connector = toolConnector("toolbox", [
    tool("quick", ({ words }) => `${words}: a for-callers-only result`),
    tool(
      "slow",
      () => new Promise<string>((resolve) => opens.push(() => resolve("for-callers-only result"))),
    ),
    tool("broken", ({ words }) => {
      throw new ToolError("no", `for-callers-only: ${words}`);
    }),
    tool("endless", () => new Promise(() => {}), 50),
  ]);
  return { connector, open: () => opens.shift()?.() };
}

async function openRequests(browser: Browser, look: Parameters<typeof openPage>[1] = {}) {
  const tools = toolbox();
  const opened = await openPage(browser, {
    registrations: [
      { tenantId: "acme", instanceId: "one", connector: tools.connector, maxConcurrentRequests: 2 },
    ],
    runtime: { heartbeat: { intervalMs: 200, timeoutMs: 20_000 } },
    ...look,
  });
  await opened.page.keyboard.press("4");
  await opened.page.waitForSelector("main.requests .phases");
  await expect.poll(() => opened.page.locator(".requests-link").count()).toBe(0);
  const { gateway } = opened.bench;
  const call = (capabilityId: string, requestId: string) =>
    gateway.execute(key, {
      capabilityId,
      requestId,
      payload: { parameters: { words: "for-callers-only argument" } },
      context: { user: "for-callers-only context" },
    });
  return { ...opened, ...tools, call };
}

const rows = (page: Page) => page.locator(".span-row");
const rowOf = (page: Page, id: string) => page.locator(`.virtual-row[data-name="${id}"] .span-row`);

describe.skipIf(!hasChromium)("the page's view of requests", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("shows a slow tool in flight with its age, then with its phases up to the confirmation", async () => {
    const { page, call, open } = await openRequests(browser);
    const slow = call("slow", "req-slow");
    const line = page.locator(".open-request");
    await expect.poll(() => line.textContent()).toContain("req-slow");
    const age = line.locator(".open-age");
    const first = await age.textContent();
    await expect.poll(() => age.textContent()).not.toBe(first);
    open();
    await slow;
    await expect.poll(() => line.count()).toBe(0);
    await rowOf(page, "req-slow").click();
    const details = page.locator(".span-details");
    await expect.poll(() => details.textContent()).toContain("slow of acme.toolbox.one");
    await expect
      .poll(() => rowOf(page, "req-slow").locator(".span-confirmed").textContent())
      .toBe("confirmed");
    const lengths = () => details.locator(".phase-line .span-total").allTextContents();
    await expect
      .poll(async () => (await lengths()).every((length) => /^[\d.]+ m?s$/.test(length)))
      .toBe(true);
    expect((await lengths()).length).toBe(4);
    // Whoever waited a second saw the handler at work.
    expect(await page.locator('.phases tr[data-phase="handler"] td').first().textContent()).toMatch(/ s$/);
  });

  it("shows who waits for a slot, an error and a time-out as such, and finds them", async () => {
    const { page, call, open } = await openRequests(browser);
    const answers = Promise.all(["req-1", "req-2", "req-3"].map((id) => call("slow", id)));
    await expect
      .poll(() => page.locator('.open-request[data-waits="true"]').textContent())
      .toContain("req-3");
    expect(await page.locator(".open-requests h2").textContent()).toContain(
      "2 running, 1 waiting for a slot",
    );
    for (let n = 0; n < 2; n += 1) open();
    await expect.poll(() => page.locator(".open-request").count()).toBe(1);
    open();
    await answers;
    await Promise.allSettled([call("broken", "req-broken"), call("quick", "req-quick")]);
    await Promise.allSettled([call("endless", "req-endless")]);
    const outcome = (id: string) => rowOf(page, id).locator(".span-outcome").textContent();
    await expect.poll(() => outcome("req-broken")).toBe("error");
    await expect.poll(() => outcome("req-endless")).toBe("timeout");
    await page.getByLabel("Outcome").selectOption("failed");
    expect(await rows(page).count()).toBe(2);
    await page.getByLabel("Tool").selectOption("endless");
    expect(await rows(page).count()).toBe(1);
    await page.getByRole("button", { name: "Show all" }).click();
    await page.getByLabel("Registration").fill("nobody");
    expect(await rows(page).count()).toBe(0);
    await page.getByLabel("Registration").fill("ACME.tool");
    await page.getByLabel("Order").selectOption("slowest");
    await expect.poll(() => rows(page).first().textContent()).toContain("slow");
  });

  it("is led by the keyboard, and holds still for who reads", async () => {
    const { page, call } = await openRequests(browser);
    await Promise.allSettled(["a", "b", "c"].map((id) => call("broken", `req-${id}`)));
    await expect.poll(() => rows(page).count()).toBe(3);
    await page.getByRole("button", { name: "Hold the list" }).press("Enter");
    await Promise.allSettled([call("broken", "req-d")]);
    await page.getByRole("listbox").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await expect.poll(() => page.locator(".span-details h2").textContent()).toMatch(/^req-[abc]$/);
    expect(await rows(page).count()).toBe(3);
    await page.getByRole("button", { name: "Hold the list" }).press("Enter");
    await expect.poll(() => rows(page).count()).toBe(4);
    await page.keyboard.press("/");
    expect(await page.getByLabel("Registration").evaluate((box) => box === document.activeElement)).toBe(
      true,
    );
  });

  it("is looked at only while it is open, and says nothing of what was in a request", async () => {
    const { page, bench, call, open, frames, complaints } = await openRequests(browser);
    await Promise.allSettled([call("quick", "req-quick"), call("broken", "req-broken")]);
    const slow = call("slow", "req-slow");
    await expect.poll(() => page.locator(".open-request").count()).toBe(1);
    await rowOf(page, "req-broken").click();
    const told = `${(await frames()).join("\n")}\n${await page.content()}`;
    expect(told).toContain('"what":"requests"');
    expect(told).toContain("req-broken");
    expect(told).not.toMatch(/for-callers-only|argument|result"/);
    open();
    await slow;
    await page.keyboard.press("1");
    await page.waitForSelector("main.fleet");
    const before = (await frames()).filter((frame) => frame.includes('"what":"requests"')).length;
    await call("quick", "req-later");
    bench.gateway.disturb("close");
    await page.waitForSelector(".fleet-row[data-tone]");
    expect((await frames()).filter((frame) => frame.includes('"what":"requests"')).length).toBe(before);
    expect(complaints).toEqual([]);
  });

  it("says so where nothing takes requests", async () => {
    const crowd = crowdOf(3);
    const server = await startInspectorServer({ feed: crowd.feed, status: () => crowd.status() });
    onTestFinished(() => server.close());
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(server.url);
    await page.waitForSelector(".fleet-row[data-tone]");
    await page.keyboard.press("4");
    await expect.poll(() => page.locator(".requests-link").textContent()).toContain("takes no requests");
  });

  describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
    it.each([1400, 900, 600])("at %i px cuts nothing off, and axe finds nothing serious", async (width) => {
      const { page, call, complaints } = await openRequests(browser, { width, colorScheme });
      for (let n = 0; n < 12; n += 1) {
        await call("quick", `req-quick-${n}`);
        if (n % 4 === 0) await Promise.allSettled([call("broken", `req-broken-${n}`)]);
      }
      await Promise.allSettled([call("endless", "req-endless")]);
      for (const id of ["req-1", "req-2", "req-3"]) void call("slow", id).catch(() => {});
      await expect.poll(() => page.locator(".open-request").count()).toBe(3);
      await rowOf(page, "req-endless").click();
      await page.waitForSelector(".span-details");
      const folder = process.env.SCREENSHOTS;
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(await serious(page)).toEqual([]);
      if (folder)
        await page.screenshot({ path: `${folder}/requests-${colorScheme}-${width}.png`, fullPage: true });
      expect(complaints).toEqual([]);
    });
  });
});

it("the requests of a runtime are for who has the token alone", async () => {
  const { startTestBench } = await import("mooring/testing");
  const connector = requestResponseConnector({ type: "one", version: "1.0.0", execute: () => 1 });
  const bench = await startTestBench({ registrations: [{ connector }], runtime: { inspect: true } });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const { runtime } = bench;
  const server = await startInspectorServer({ feed: runtime.inspection, status: () => runtime.status() });
  onTestFinished(() => server.close());
  const { origin, search } = new URL(server.url);
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${origin}/${path}`, init);
    await answer.body?.cancel();
    return answer.status;
  };
  expect(await ask("requests")).toBe(403);
  expect(await ask(`requests?token=${"0".repeat(32)}`)).toBe(403);
  expect(await ask(`requests${search}`, { headers: { origin: "http://evil.example" } })).toBe(403);
  expect(await ask(`requests${search}`, { method: "POST" })).toBe(405);
  expect(await ask(`requests${search}`)).toBe(200);
});
