/**
 * The pictures of docs/debugging.md: a small fleet through an outage, seen by each view, light and dark. With
 * `MOORING_SCREENSHOTS=1` they are written to docs/images; without, the views are drawn and looked at for what a picture
 * has to show.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { defineTool, type RegistrationOptions, toolConnector } from "mooring";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { echoKey, openGatewayPage, shopKey } from "../gateway/page-rig.js";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { type Opened, openPage } from "./page-rig.js";

const images = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const isWanted = process.env.MOORING_SCREENSHOTS === "1";
const key = "acme.calculator.berlin";

const calculator = toolConnector("calculator", [
  defineTool({
    name: "add",
    description: "Adds two numbers",
    input: z.object({ a: z.number(), b: z.number() }),
    run: ({ a, b }) => a + b,
  }),
  defineTool({
    name: "simulate",
    description: "Takes its time",
    input: z.object({}),
    run: () => new Promise((resolve) => setTimeout(() => resolve("done"), 80)),
  }),
]);

const places = ["berlin", "lyon", "osaka", "quito", "tunis", "turin"];
const registrations: readonly RegistrationOptions[] = ["acme", "beta"].flatMap((tenantId) =>
  places.map((instanceId) => ({ tenantId, instanceId, connector: calculator })),
);

async function picture(page: Page, name: string, scheme: string): Promise<void> {
  const png = await page.screenshot({ animations: "disabled" });
  expect(png.length).toBeGreaterThan(10_000);
  if (!isWanted) return;
  await mkdir(images, { recursive: true });
  await writeFile(`${images}${name}-${scheme}.png`, png);
}

/** Two have lost their links and wait, all others serve. */
async function throughAnOutage({ bench, page }: Opened): Promise<void> {
  const all = () => bench.runtime.status().registrations;
  await expect.poll(() => all().every(({ child }) => child === "serving")).toBe(true);
  bench.gateway.disturb("close");
  await expect.poll(() => all().every(({ state }) => state === "backoff")).toBe(true);
  for (const one of all()) if (!/quito/.test(one.key)) bench.runtime.registration(one.key).retryNow();
  await expect
    .poll(() => all().filter(({ child }) => child === "serving").length)
    .toBe(registrations.length - 2);
  await page.waitForSelector('.fleet-row[data-tone="bad"]');
  await page.getByText("back-off at its cap").first().waitFor();
}

async function draw(browser: Browser, colorScheme: "light" | "dark"): Promise<void> {
  const opened = await openPage(browser, {
    registrations,
    width: 1200,
    colorScheme,
    reducedMotion: "reduce",
    backoffMs: 60_000,
    runtime: { heartbeat: { intervalMs: 200, timeoutMs: 20_000 } },
  });
  const { page, bench } = opened;
  await throughAnOutage(opened);
  await picture(page, "fleet", colorScheme);

  await page.locator('.virtual-row[data-name="acme.calculator.quito"]').click();
  await opened.active("backoff.transient");
  await picture(page, "chart", colorScheme);

  await page.locator("nav").getByRole("button", { name: "Sequence" }).click();
  await page.waitForSelector("main.sequence");
  await picture(page, "sequence", colorScheme);

  await page.locator("nav").getByRole("button", { name: "Requests" }).click();
  await page.waitForSelector("main.requests .phases");
  await expect.poll(() => page.locator(".requests-link").count()).toBe(0);
  for (let number = 0; number < 6; number += 1) {
    await bench.gateway.execute(key, { capabilityId: "simulate" });
    await bench.gateway.execute(key, { capabilityId: "add", payload: { parameters: { a: number, b: 1 } } });
  }
  await expect.poll(() => page.locator(".span-row").count()).toBeGreaterThan(3);
  await picture(page, "requests", colorScheme);

  await page.locator("nav").getByRole("button", { name: "Fleet" }).click();
  await page.getByRole("button", { name: "Look back", exact: true }).click();
  await page.locator(".past").waitFor();
  await page.getByRole("button", { name: "First fault", exact: true }).click();
  await expect.poll(() => page.locator(".banner").textContent()).toContain("stream.ended");
  await picture(page, "past", colorScheme);
  expect(opened.complaints).toEqual([]);
}

/** The buttons of a registration, and the dialog that asks before anything is done. */
async function drawControl(browser: Browser, colorScheme: "light" | "dark"): Promise<void> {
  const opened = await openPage(browser, {
    registrations,
    width: 1200,
    colorScheme,
    reducedMotion: "reduce",
    control: true,
  });
  const { page } = opened;
  await page.setViewportSize({ width: 1300, height: 720 });
  await page.locator(`.virtual-row[data-name="${key}"]`).click();
  await opened.active("linked.streaming.serving");
  await page.locator('[data-command="pause"]').click();
  await page.getByRole("dialog").waitFor();
  expect(await page.locator("[data-command]").count()).toBeGreaterThan(4);
  await picture(page, "control", colorScheme);
  await page.keyboard.press("Escape");
  expect(opened.complaints).toEqual([]);
}

/** One connector with the form of a tool, one that waits for approval, and the chart of the runtime beside. */
async function drawGateway(browser: Browser, colorScheme: "light" | "dark"): Promise<void> {
  const opened = await openGatewayPage(browser, { width: 1200, colorScheme });
  const { page, bench } = opened;
  await page.setViewportSize({ width: 1200, height: 720 });
  const row = page.locator(`.virtual-row[data-name="${shopKey}"]`);
  bench.gateway.approve(shopKey);
  await expect
    .poll(() => row.locator(".connector-state").textContent(), { timeout: 60_000 })
    .toBe("connected");
  await row.click();
  await page.locator(".tools button", { hasText: /^add/ }).click();
  const form = page.getByRole("form", { name: "Call add" });
  await form.getByLabel("a", { exact: false }).first().fill("41");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.locator('.call[data-outcome="answered"]').waitFor();
  await page.locator(`.card[data-key="${echoKey}"]`).waitFor();
  await picture(page, "gateway", colorScheme);
  expect(opened.complaints).toEqual([]);
}

describe.skipIf(!hasChromium)("the pictures of the debugging guide", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  it.each(["light", "dark"] as const)("are drawn %s", (scheme) => draw(browser, scheme));
  it.each(["light", "dark"] as const)("of control are drawn %s", (scheme) => drawControl(browser, scheme));
  it.each(["light", "dark"] as const)("of the gateway are drawn %s", (scheme) =>
    drawGateway(browser, scheme),
  );
});
