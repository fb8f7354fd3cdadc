/** The past in the page, in a real browser: of the runtime behind it, and of a file that is dropped. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { textOf } from "../recording/texts.js";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { echo } from "../support/connectors.js";
import { key, lastEvents, type Opened, openPage } from "./page-rig.js";

const past = (page: Page) => page.locator(".past");
const banner = (page: Page) => page.locator(".banner").textContent();
const stateOf = (page: Page, name = key) =>
  page.locator(`.virtual-row[data-name="${name}"] .fleet-state`).textContent();

/** Lost its link, waited, and came back. */
async function throughAnOutage(browser: Browser, look: Parameters<typeof openPage>[1] = {}): Promise<Opened> {
  const opened = await openPage(browser, { backoffMs: 60_000, ...look });
  const { bench, page } = opened;
  const serves = () => bench.runtime.status().registrations.every(({ child }) => child === "serving");
  await expect.poll(serves).toBe(true);
  bench.gateway.disturb("close");
  await expect.poll(() => stateOf(page)).toBe("backoff.transient");
  for (const { key: name } of bench.runtime.status().registrations)
    bench.runtime.registration(name).retryNow();
  await expect.poll(serves).toBe(true);
  await expect.poll(() => stateOf(page)).toBe("serving");
  return opened;
}

const lookBack = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Look back" }).click();
  await past(page).waitFor();
};

describe.skipIf(!hasChromium)("the past in the page", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("shows the back-off that is over, in the fleet and in the chart, and goes back to what is live", async () => {
    const { page, complaints } = await throughAnOutage(browser);
    await lookBack(page);
    expect(await banner(page)).toContain("Past of this runtime");
    expect(await stateOf(page)).toBe("serving");
    await page.getByRole("button", { name: "First fault" }).click();
    await expect.poll(() => stateOf(page)).toBe("backoff.transient");
    await page.screenshot({ path: join(process.env.SHOTS ?? tmpdir(), "past-fleet.png") });
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    expect((await lastEvents(page))[0]).toBe("stream.ended: backoff.transient");
    expect(
      await page.locator(".timer", { hasText: "backoffDelay" }).locator(".timer-left").textContent(),
    ).toBe("1 min 0 s");
    await page.screenshot({ path: join(process.env.SHOTS ?? tmpdir(), "past-chart.png") });
    await page.getByRole("button", { name: "Live", exact: true }).click();
    await page.waitForSelector(
      '.state.active[data-state="registration.connection.linked.streaming.serving"]',
    );
    expect(await past(page).count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
