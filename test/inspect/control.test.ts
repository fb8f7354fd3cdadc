/** The page where control is on and where it is off: what it may ask, who is told, and who gets nothing. */
import { request } from "node:http";
import { createRuntime, type JournalEntry, type Logger, startInspectorServer } from "mooring";
import { startTestBench } from "mooring/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { echo } from "../support/connectors.js";
import { serious } from "./page-axe.js";
import { key, openPage } from "./page-rig.js";

const asked = (journal: readonly JournalEntry[]): readonly string[] =>
  journal.flatMap(({ event, detail = "" }) => (event === "control" ? [detail] : []));

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

async function served(isControlled: boolean) {
  const lines: [object, string][] = [];
  const note: Logger["info"] = (fields: object, message: string) => void lines.push([fields, message]);
  const logger = { debug: note, info: note, warn: note, error: note };
  const bench = await startTestBench({
    registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }],
    runtime: { inspect: true, logger },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const { runtime } = bench;
  const server = await startInspectorServer({
    feed: runtime.inspection,
    status: () => runtime.status(),
    ...(isControlled ? { control: runtime } : {}),
  });
  onTestFinished(() => server.close());
  const { origin, searchParams } = new URL(server.url);
  const token = searchParams.get("token") ?? "";
  const post = (body: string, headers: Record<string, string> = {}, query = `?token=${token}`) =>
    fetch(`${origin}/control${query}`, {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    });
  return { runtime, origin, token, post, lines };
}

const pause = JSON.stringify({ command: "pause", key });

/** As a browser would send it: `fetch` lets nobody choose the host. */
function sent(origin: string, headers: Record<string, string>, body = pause): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(
      `${origin}/control`,
      { method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        response.resume();
        resolve(response.statusCode);
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}

describe("a command over the inspector's server", () => {
  it("is obeyed, and journal and log say who asked", async () => {
    const { runtime, post, lines } = await served(true);
    const answer = await post(pause);
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ asked: "pause", key });
    await expect.poll(() => runtime.status().registrations[0]?.state).toBe("paused");
    const told = "paused by a program over the inspector at 127.0.0.1";
    expect(asked(runtime.journal(key))).toEqual([told]);
    expect(runtime.explain(key)).toContain(`control in streaming.serving: ${told}`);
    expect(lines).toContainEqual([{ registration: key }, `control: ${told}`]);
    const form = await post(`command=resume&key=${key}`, {
      "content-type": "application/x-www-form-urlencoded",
    });
    expect(form.status).toBe(202);
    await expect.poll(() => runtime.status().registrations[0]?.child).toBe("serving");
  });

  it("that cannot be is refused, and the answer names what there is", async () => {
    const { runtime, post, origin, token } = await served(true);
    const wrong: readonly (readonly [object | string, number, string])[] = [
      [
        { command: "stop", key },
        400,
        "command must be one of retryNow, pause, resume, restart, remove, drain",
      ],
      [{ key }, 400, 'got none. Send { "command": "pause"'],
      [{ command: "pause" }, 400, "key is missing: which registration is to pause?"],
      [{ command: "pause", key: "acme.echo_test.two" }, 400, `Registrations: ${key}.`],
      [{ command: "drain", key }, 400, "drain takes no key"],
      [{ command: "pause", key, force: true }, 400, '"force" is no field of a command'],
      ["[]", 400, "The body is no JSON object"],
      ["{", 400, "The body is no JSON object"],
      [JSON.stringify({ command: "x".repeat(5_000) }), 413, "above 4096 bytes"],
    ];
    for (const [body, status, words] of wrong) {
      const answer = await post(typeof body === "string" ? body : JSON.stringify(body));
      expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(words)]);
    }
    expect((await post(pause, { "content-type": "text/plain" })).status).toBe(415);
    expect((await fetch(`${origin}/control?token=${token}`, { method: "PUT" })).status).toBe(405);
    expect(asked(runtime.journal(key))).toEqual([]);
  });

  it("changes nothing without the token, from another origin or by another name of the host", async () => {
    const { runtime, origin, token, post } = await served(true);
    const cookie = `inspector-${new URL(origin).port}=${token}`;
    expect((await post(pause, {}, "")).status).toBe(403);
    expect((await post(pause, {}, `?token=${"0".repeat(32)}`)).status).toBe(403);
    const foreign: readonly Record<string, string>[] = [
      { cookie, origin: "http://evil.example" },
      { cookie, origin: "null" },
      // Another program's page on this machine is of the same site, so its requests carry the cookie.
      { cookie, origin: "http://127.0.0.1:1", "sec-fetch-site": "same-site" },
      { cookie, origin, "sec-fetch-site": "same-site" },
      { cookie, host: "evil.example" },
      { cookie, origin: "http://evil.example", "content-type": "application/x-www-form-urlencoded" },
      // A cookie alone is no will of anybody's.
      { cookie },
    ];
    for (const headers of foreign) expect(await sent(origin, headers)).toBe(403);
    expect(await sent(origin, { cookie, origin: "http://evil.example" }, `command=pause&key=${key}`)).toBe(
      403,
    );
    for (const path of [`control?command=pause&key=${key}&token=${token}`, `?token=${token}`])
      expect((await fetch(`${origin}/${path}`)).status).toBe(200);
    expect(asked(runtime.journal(key))).toEqual([]);
    expect(await sent(origin, { cookie, origin })).toBe(202);
    expect(asked(runtime.journal(key))).toEqual(["paused by the inspector's page at 127.0.0.1"]);
  });

  it("is refused where control is off, with the word that switches it on", async () => {
    const { runtime, post, origin, token } = await served(false);
    const answer = await post(pause);
    expect([answer.status, await answer.text()]).toEqual([
      403,
      expect.stringContaining("--inspect --control"),
    ]);
    expect(await (await fetch(`${origin}/control?token=${token}`)).json()).toEqual({
      isOn: false,
      commands: [],
    });
    expect(runtime.status().registrations[0]?.child).toBe("serving");
  });
});

it("who asks may be given to every command, as one line", async () => {
  const runtime = createRuntime({ env: {} });
  onTestFinished(() => runtime.close());
  const one = runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
  expect(() => one.pause({ by: "two\nlines" })).toThrow("by must be one line");
  expect(() => one.restart({ By: "me" } as object)).toThrow('did you mean "by"?');
  await expect(one.remove({ by: "x".repeat(201) })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  await expect(runtime.drain({ by: "\u001b[2J" })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  // A listener is handed what happened.
  expect(() => (one.retryNow as (signal: string) => void)("SIGUSR1")).not.toThrow();
});

describe.skipIf(!hasChromium)("the inspector's page", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("pauses, resumes and restarts a registration, each confirmed, each in the journal", async () => {
    const { page, bench, active } = await openPage(browser, { control: true });
    await choose(page);
    expect(await page.locator(".control-badge").textContent()).toBe("Control is on");
    await active("linked.streaming.serving");
    // Nothing is done before it is confirmed.
    await page.locator('[data-command="pause"]').click();
    expect(await dialog(page).textContent()).toContain(`Pause ${key}?Its stream ends at once`);
    await dialog(page).getByRole("button", { name: "Cancel" }).click();
    expect(asked(bench.runtime.journal(key))).toEqual([]);
    await ask(page, "pause");
    await page.waitForSelector('[data-command="resume"]:not(:disabled)');
    expect(await page.locator(".facts").textContent()).toContain("paused");
    expect(await page.locator('[data-command="pause"]').isDisabled()).toBe(true);
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
    expect(await page.locator('[data-command="retryNow"]').isDisabled()).toBe(true);
    bench.gateway.disturb("close");
    await active("backoff.transient");
    await page.locator('[data-command="retryNow"]:not(:disabled)').focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog[open]");
    await page.keyboard.press("Escape");
    expect(await dialog(page).isVisible()).toBe(false);
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
    expect(await page.locator(".control-badge").textContent()).toBe("Read-only");
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

  describe.each(["light", "dark"] as const)("with control in the %s theme", (colorScheme) => {
    it.each([1400, 900, 600])("at %i px cuts nothing off, and axe finds nothing serious", async (width) => {
      const { page, complaints } = await openPage(browser, { control: true, width, colorScheme });
      await choose(page);
      const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(await overflow()).toBeLessThanOrEqual(0);
      expect(await serious(page)).toEqual([]);
      await page.locator('[data-command="remove"]').click();
      await page.waitForSelector("dialog[open]");
      expect(await serious(page)).toEqual([]);
      expect(await overflow()).toBeLessThanOrEqual(0);
      const folder = process.env.SCREENSHOTS;
      if (folder) {
        await page.screenshot({ path: `${folder}/control-dialog-${colorScheme}-${width}.png` });
        await page.keyboard.press("Escape");
        await page.screenshot({ path: `${folder}/control-${colorScheme}-${width}.png`, fullPage: true });
      }
      expect(complaints).toEqual([]);
    });
  });
});
