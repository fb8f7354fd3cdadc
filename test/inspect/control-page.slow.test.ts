/** The page where control is on and where it is off: its buttons and dialogs, by mouse and keyboard. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { echo } from "../support/connectors.js";
import { looksRight, narrow } from "../support/page-looks.js";
import { asked } from "./asked.js";
import { key, openPage } from "./page-rig.js";

const pause = JSON.stringify({ command: "pause", key });

const dialog = (page: Page) => page.getByRole("dialog");

async function choose(page: Page): Promise<void> {
  await page.locator(`.virtual-row[data-name="${key}"]`).click();
  await page.waitForSelector(".panel.control");
}

/** By the button, then in the dialog. */
async function ask(page: Page, command: string): Promise<string> {
  await page.locator(`[data-command="${command}"]`).click();
  const words = (await dialog(page).textContent()) ?? "";
  await dialog(page).getByRole("button").last().click();
  return words;
}

describe.skipIf(!hasChromium)("the inspector's page", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("pauses, resumes and restarts a registration, each confirmed, each in the journal", async () => {
    const { page, bench, active } = await openPage(browser, { control: true });
    await choose(page);
    await expect.poll(() => page.locator(".control-badge").textContent()).toBe("Control is on");
    await active("linked.streaming.serving");
    // Nothing is done before it is confirmed.
    await page.locator('[data-command="pause"]').click();
    expect(await dialog(page).textContent()).toContain(`Pause ${key}?Its stream ends at once`);
    await dialog(page).getByRole("button", { name: "Cancel" }).click();
    expect(asked(bench.runtime.journal(key))).toEqual([]);
    await ask(page, "pause");
    await page.waitForSelector('[data-command="resume"]:not(:disabled)');
    await expect.poll(() => page.locator(".facts").textContent()).toContain("paused");
    await page.waitForSelector('[data-command="pause"]:disabled');
    await ask(page, "resume");
    await active("linked.streaming.serving");
    await page.waitForSelector('[data-command="pause"]:not(:disabled)');
    await ask(page, "restart");
    const by = "by the inspector's page at 127.0.0.1";
    await expect
      .poll(() => asked(bench.runtime.journal(key)))
      .toEqual([`paused ${by}`, `resumed ${by}`, `restarted ${by}`]);
    await active("linked.streaming.serving");
    await expect
      .poll(() => page.locator(".outcome").textContent())
      .toMatch(/^\d\d:\d\d:\d\d Restart acme.echo_test.one: asked/);
  });

  it("ends the wait of one in back-off, by the keyboard alone", async () => {
    const { page, bench, active } = await openPage(browser, { control: true, backoffMs: 60_000 });
    await choose(page);
    await active("linked.streaming.serving");
    await page.waitForSelector('[data-command="retryNow"]:disabled');
    bench.gateway.disturb("close");
    await active("backoff.transient");
    await page.locator('[data-command="retryNow"]:not(:disabled)').focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    await dialog(page).waitFor({ state: "hidden" });
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await active("linked.streaming.serving");
    expect(asked(bench.runtime.journal(key))).toEqual([
      "told to try at once by the inspector's page at 127.0.0.1",
    ]);
  });

  it("removes a registration, and drains the runtime with what is left", async () => {
    const two = { tenantId: "acme", instanceId: "two", connector: echo };
    const { page, bench } = await openPage(browser, {
      control: true,
      registrations: [{ ...two, instanceId: "one" }, two],
    });
    await choose(page);
    expect(await ask(page, "remove")).toContain("Only the program can add it again.");
    await expect
      .poll(() => bench.runtime.status().registrations.map((one) => one.key))
      .toEqual(["acme.echo_test.two"]);
    await page.keyboard.press("1");
    await expect.poll(() => page.locator(".fleet-row[data-tone]").count()).toBe(1);
    const registration = bench.runtime.registration("acme.echo_test.two");
    expect(await ask(page, "drain")).toContain("The whole runtime ends");
    await bench.runtime.closed;
    expect(registration.status().state).toBe("stopped");
    expect(asked(bench.runtime.journal("acme.echo_test.two"))).toEqual([
      "told, with all others, to drain and end by the inspector's page at 127.0.0.1",
    ]);
  });

  it("has no button where control is off, and says so", async () => {
    const { page, active } = await openPage(browser);
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await active("linked.streaming.serving");
    await expect.poll(() => page.locator(".control-badge").textContent()).toBe("Read-only");
    expect(await page.locator("[data-command]").count()).toBe(0);
    const status = await page.evaluate(
      async (body) =>
        (await fetch("control", { method: "POST", body, headers: { "content-type": "application/json" } }))
          .status,
      pause,
    );
    expect(status).toBe(403);
  });

  it("says why a command was refused", async () => {
    const { page, bench } = await openPage(browser, { control: true });
    await choose(page);
    await page.locator('[data-command="restart"]').click();
    await bench.runtime.registration(key).remove();
    await dialog(page).getByRole("button").last().click();
    await page.waitForSelector("[data-refused=true]");
    expect(await page.locator(".outcome").textContent()).toContain("There is no registration");
  });

  it("with control cuts nothing off in any theme and width, and axe finds nothing serious", async () => {
    const { page, complaints } = await openPage(browser, { control: true, ...narrow });
    await choose(page);
    await looksRight(page, "control");
    await page.locator('[data-command="remove"]').click();
    await page.waitForSelector("dialog[open]");
    await looksRight(page, "control-dialog");
    expect(complaints).toEqual([]);
  });
});
