/** The inspector's page in a real browser: what it shows of a live runtime, by mouse and keyboard, in every size and theme. */
import { startInspectorServer } from "mooring";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { echo } from "../support/connectors.js";
import { looksRight, narrow } from "../support/page-looks.js";
import { watchedPage } from "../support/watched-page.js";
import { crowdOf } from "./page-crowd.js";
import { key, lastEvents, openPage } from "./page-rig.js";

const openChart = async (page: Page, name = key): Promise<void> => {
  await page.locator(`.virtual-row[data-name="${name}"]`).click();
  // Over the chart, the pointer would point at whatever moves below it.
  await page.mouse.move(0, 0);
  await page.waitForSelector(".canvas .state.active");
};

/** Its middle is within the part of the chart that is shown. */
async function isSeen(state: Locator): Promise<boolean> {
  const [box, room] = [await state.boundingBox(), await state.page().locator(".canvas").boundingBox()];
  if (!box || !room) return false;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  return x > room.x && y > room.y && x < room.x + room.width && y < room.y + room.height;
}

it.runIf(process.env.CI)(
  "a browser can run here: where checks decide, no test of the page is left out in silence",
  () => {
    expect(hasChromium).toBe(true);
  },
);

describe.skipIf(!hasChromium)("the inspector's page", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("shows an approval on its way through the exchange of credentials to serving", async () => {
    const { page, bench, active } = await openPage(browser, { approval: "manual" });
    await openChart(page);
    await active("linked.streaming.pendingApproval.waiting");
    bench.gateway.approve(key);
    await active("linked.streaming.serving");
    await expect.poll(() => lastEvents(page)).toContain("stream.accepted: streaming.serving");
    const events = await lastEvents(page);
    expect(events.some((line) => line.endsWith("credentialExchange.exchanging"))).toBe(true);
    // On a slow machine it has served for long by then.
    const [newest] = events.filter((line) => !line.startsWith("uptime.stable"));
    expect(newest).toBe("stream.accepted: streaming.serving");
    await expect.poll(() => page.locator(".facts").textContent()).toContain("streaming.serving");
    // The way that was taken is lit, by its own label.
    await expect
      .poll(() => page.locator(".edge.taken .line.taken").first().textContent())
      .toContain("stream.accepted");
  });

  it("shows a fault, the wait after it with its countdown, and the recovery", async () => {
    const { page, bench, active } = await openPage(browser, { backoffMs: 60_000 });
    await openChart(page);
    await active("linked.streaming.serving");
    bench.gateway.disturb("close");
    await active("backoff.transient");
    // What was taken looks like it, whatever it looked like before.
    const line = page.locator(".edge.taken .line.taken text").first();
    await expect.poll(() => line.evaluate((text) => getComputedStyle(text).fontWeight)).toBe("600");
    // Out of sight a moment ago: the view has gone along.
    const state = page.locator('[data-state="registration.connection.backoff.transient"]');
    await expect.poll(() => isSeen(state)).toBe(true);
    const timer = page.locator(".timer", { hasText: "backoffDelay" });
    const left = await timer.locator(".timer-left").textContent();
    expect(left).toMatch(/^([1-5]?\d|60) s$|^1 min/);
    await expect.poll(() => timer.locator(".timer-left").textContent()).not.toBe(left);
    await expect.poll(() => page.locator(".facts").textContent()).toContain("server-closed");
    bench.runtime.registration(key).retryNow();
    await active("linked.streaming.serving");
    await expect
      .poll(() => lastEvents(page))
      .toEqual(expect.arrayContaining(["stream.ended: backoff.transient", "retry.now: connecting.atOnce"]));
  });

  it("says above the chart how it stands, since when, why, and what to do, and draws no failure green", async () => {
    const { page, bench, active } = await openPage(browser, { backoffMs: 60_000, ...narrow });
    await openChart(page);
    const verdict = page.locator(".verdict");
    await expect.poll(() => verdict.textContent()).toMatch(/^streaming\.serving for \d+ s, since [\d:]{8}$/);
    const colourOf = (state: string) =>
      page
        .locator(`.state.active[data-state="registration.connection.${state}"] rect`)
        .first()
        .evaluate((rect) => getComputedStyle(rect).stroke);
    const good = await colourOf("linked.streaming.serving");
    await bench.gateway.close();
    await active("backoff.transient");
    await expect.poll(() => verdict.textContent()).toMatch(/^backoff\.transient ?has not served for /);
    await expect.poll(() => verdict.textContent()).toContain("What to do:");
    expect(await verdict.textContent()).toContain("Cause: ");
    expect(await colourOf("backoff.transient")).not.toBe(good);
    expect(await colourOf("backoff")).not.toBe(good);
    await looksRight(page, "verdict", async () => {
      const [words, drawing] = [await verdict.boundingBox(), await page.locator(".canvas").boundingBox()];
      if (!words || !drawing) throw new Error("One of them is not there.");
      expect(words.y + words.height).toBeLessThanOrEqual(drawing.y + 1);
    });
  });

  it("leads from an event to its edge, and from an edge to its events", async () => {
    const { page, active } = await openPage(browser);
    await openChart(page);
    await active("linked.streaming.serving");
    await page.locator(".event", { hasText: "stream.accepted" }).first().click();
    await expect
      .poll(() => page.locator(".edge.chosen .line.chosen").textContent())
      .toContain("stream.accepted");
    await expect
      .poll(async () => new Set(await lastEvents(page)))
      .toEqual(new Set(["stream.accepted: streaming.serving"]));
    await page.getByRole("button", { name: "Show all" }).click();
    await expect.poll(async () => new Set(await lastEvents(page)).size).toBeGreaterThan(1);
    await page
      .locator(".ways button", { hasText: /^drain/ })
      .first()
      .click();
    await expect.poll(() => page.locator(".chosen-edge").textContent()).toContain("Not taken lately: drain");
  });

  it("draws every machine, and says what a state means", async () => {
    const { page, active } = await openPage(browser, { approval: "manual" });
    await openChart(page);
    await active("linked.streaming.pendingApproval.waiting");
    const state = "registration.connection.linked.streaming.pendingApproval.waiting";
    await page.locator(`[data-state="${state}"] [role=button]`).focus();
    await expect
      .poll(() => page.getByRole("tooltip").textContent())
      .toContain("waiting for an administrator's approval");
    for (const name of ["supervisor", "partition-1"]) {
      await openChart(page, name);
      await page.waitForSelector(`svg[data-machine="${name.replace(/-\d+$/, "")}"] .state.active`);
    }
  });

  it("shows the credentials of a registration that has some", async () => {
    const { page, bench, active } = await openPage(browser, { approval: "manual" });
    await openChart(page);
    bench.gateway.approve(key);
    await active("linked.streaming.serving");
    await openChart(page, `${key}/credentials`);
    await page.waitForSelector('.state.active[data-state="credentials.valid"]');
    await expect.poll(() => page.locator(".timer").textContent()).toContain("renewal");
  });

  it("is led by the keyboard alone", async () => {
    const others = ["two", "three"].map((instanceId) => ({ tenantId: "beta", instanceId, connector: echo }));
    const { page } = await openPage(browser, {
      registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }, ...others],
    });
    await page.waitForFunction(() => document.querySelectorAll(".fleet-row[data-tone]").length === 3);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    expect(await page.getByRole("dialog").textContent()).toContain("Dead letter");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.keyboard.press("/");
    await page.keyboard.type("beta");
    await page.waitForFunction(() => document.querySelectorAll(".fleet-row[data-tone]").length === 2);
    await page.getByRole("listbox").focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.waitForSelector('.canvas[aria-label="Chart of beta.echo_test.two"]');
    await page.keyboard.press("0");
    await page.waitForSelector(".canvas svg.far");
    await page.keyboard.press("f");
    await page.waitForSelector(".canvas svg:not(.far)");
    const follows = () =>
      page.getByRole("button", { name: "Follow", exact: true }).getAttribute("aria-pressed");
    await expect.poll(follows).toBe("true");
    await page.locator(".canvas").focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(follows).toBe("false");
    await page.keyboard.press("1");
    await page.waitForSelector("main.fleet");
    await expect.poll(() => page.locator(".fleet-row[data-tone]").count()).toBe(2);
  });

  it("counts the registrations by state, cause, tenant and type, and the counts add up", async () => {
    const registrations = ["a", "b", "c", "d", "e"].map((instanceId, at) => ({
      tenantId: at < 2 ? "acme" : "beta",
      instanceId,
      connector: echo,
    }));
    const { page, bench } = await openPage(browser, { registrations, approval: "manual" });
    bench.gateway.approve("acme.echo_test.a");
    const values = (facet: string) =>
      page
        .locator(`[data-facet="${facet}"] button`)
        .evaluateAll((all) =>
          Object.fromEntries(all.map((one) => [...one.children].map((part) => part.textContent))),
        );
    await expect.poll(() => values("state")).toEqual({ pendingApproval: "4", serving: "1" });
    await expect.poll(() => values("tenant")).toEqual({ beta: "3", acme: "2" });
    await expect.poll(() => values("type")).toEqual({ echo_test: "5" });
    await expect.poll(() => values("cause")).toEqual({ none: "5" });
    // What does not serve comes first.
    const names = page.locator(".fleet-row[data-tone] .fleet-key");
    await expect.poll(() => names.last().textContent()).toBe("acme.echo_test.a");
    await page.locator('[data-facet="tenant"] button', { hasText: "acme" }).click();
    await expect.poll(() => names.allTextContents()).toEqual(["acme.echo_test.b", "acme.echo_test.a"]);
  });

  it("names what flaps, and puts it first", async () => {
    const registrations = ["a", "b"].map((instanceId) => ({ tenantId: "acme", instanceId, connector: echo }));
    const { page, bench } = await openPage(browser, { registrations });
    const serves = () => bench.runtime.status().registrations.every(({ child }) => child === "serving");
    await expect.poll(serves).toBe(true);
    for (let lost = 1; lost <= 3; lost += 1) {
      bench.gateway.disturb("close");
      await page.waitForFunction(
        (times) =>
          [...document.querySelectorAll(".fleet-losses")].some(
            ({ textContent }) => textContent === `${times}×`,
          ),
        lost,
      );
      await expect.poll(serves).toBe(true);
    }
    await page.waitForSelector(".fleet-key .trouble");
    await expect.poll(() => page.locator('[data-facet="trouble"]').textContent()).toContain("flapping");
  });

  it("says where to go when the runtime was started anew, and the page's token counts no more", async () => {
    const crowd = crowdOf(2);
    const start = (port = 0) =>
      startInspectorServer({ feed: crowd.feed, status: () => crowd.status(), port });
    const first = await start();
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.goto(first.url);
    await page.waitForSelector('.link[data-state="live"]');
    const { port } = new URL(first.url);
    await first.close();
    const second = await start(Number(port));
    onTestFinished(() => second.close());
    await page.waitForSelector('.link[data-state="refused"]');
    expect(await page.locator(".link").textContent()).toContain("Open the link that the new process printed");
  });

  it("begins a row's cause with its plain words, and leaves room for them and for the troubles", async () => {
    const crowd = crowdOf(1);
    const server = await startInspectorServer({ feed: crowd.feed, status: () => crowd.status() });
    onTestFinished(() => server.close());
    const page = await browser.newPage(narrow);
    onTestFinished(() => page.close());
    await page.goto(server.url);
    await page.waitForSelector(".fleet-row[data-tone]");
    crowd.lose(0);
    const where = "The credential store failed at keeping the private key (/var/lib/a/b/c/d/key.json).";
    crowd.say(0, {
      cause: "credentials-unavailable",
      code: "ENOSPC",
      detail: `The disk is full: make room. ${where}`,
      notServingSince: Date.now() - 90_000,
    });
    const cause = page.locator(".fleet-row[data-tone] .fleet-cause");
    await expect
      .poll(() => cause.textContent())
      .toMatch(/^The disk is full: make room\..* – [a-z-]+ \(ENOSPC\)$/);
    const trouble = page.locator(".fleet-row .trouble").first();
    await expect.poll(() => trouble.textContent()).toBe("not serving");
    await looksRight(page, "trouble", async (width) => {
      const lines = await cause.evaluate(
        (text) => text.clientHeight / Number.parseFloat(getComputedStyle(text).lineHeight),
      );
      expect(Math.round(lines)).toBe(width === 1400 ? 2 : 1);
      const [badge, room] = [
        await trouble.boundingBox(),
        await page.locator(".fleet-row[data-tone] .fleet-key").boundingBox(),
      ];
      if (!badge || !room) throw new Error("One of them is not there.");
      expect(badge.x + badge.width).toBeLessThanOrEqual(room.x + room.width + 1);
      expect(badge.y + badge.height).toBeLessThanOrEqual(room.y + room.height + 1);
    });
  });

  it("shows by more than colour that a button of the past does nothing, and explains words before keys", async () => {
    const { page } = await openPage(browser);
    await page.keyboard.press("l");
    const fault = page.getByRole("button", { name: "First fault" });
    await expect.poll(() => fault.isDisabled()).toBe(true);
    expect(await fault.evaluate((button) => getComputedStyle(button).borderStyle)).toBe("dashed");
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Words and keys" });
    await expect.poll(() => help.locator("h2").allTextContents()).toEqual(["Words", "Keys"]);
    const words = await help.locator(".words-list dt").allTextContents();
    expect(words).toEqual(expect.arrayContaining(["Clock", "Transient", "Flapping", "Not serving"]));
  });

  it("stands still from the last news on when the connection is lost, and says of when it is", async () => {
    const crowd = crowdOf(2);
    const server = await startInspectorServer({ feed: crowd.feed, status: () => crowd.status() });
    onTestFinished(() => server.close());
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    await page.clock.install();
    await page.goto(server.url);
    await page.waitForSelector(".fleet-row[data-tone]");
    const row = page.locator(".fleet-row[data-tone]").first();
    const age = () => row.locator(".fleet-age").textContent();
    const strip = () => row.locator(".strip path").first().getAttribute("d");
    const before = await age();
    const hours = 2 * 3_600_000;
    await page.clock.fastForward(hours);
    await expect.poll(age).not.toBe(before);
    await server.close();
    await page.waitForSelector('.link[data-state="lost"]');
    expect(await page.locator(".link").textContent()).toMatch(
      /^as it was at \d\d:\d\d:\d\d: connection lost, trying again…$/,
    );
    await expect.poll(() => page.locator(".summary").textContent()).toMatch(/registrations served$/);
    expect(await page.locator("main").evaluate((main) => getComputedStyle(main).filter)).toBe("grayscale(1)");
    const held = [await age(), await strip()];
    await page.clock.fastForward(hours);
    await page.clock.runFor(2_000);
    expect([await age(), await strip()]).toEqual(held);
    await looksRight(page, "lost");
  });

  it("lists ten thousand registrations with few rows, and finds any of them", async () => {
    const crowd = crowdOf(10_000);
    const server = await startInspectorServer({ feed: crowd.feed, status: () => crowd.status() });
    onTestFinished(() => server.close());
    const { page } = await watchedPage(browser, { viewport: { width: 1400, height: 900 } });
    await page.goto(server.url);
    const summary = page.locator(".summary");
    await expect.poll(() => summary.textContent()).toBe("10,000 of 10,000 registrations serve");
    for (let place = 0; place < 500; place += 1) crowd.lose(place);
    await expect.poll(() => summary.textContent()).toBe("9,500 of 10,000 registrations serve");
    const state = page.locator('[data-facet="state"]');
    await expect.poll(() => state.locator(".facet-count").allTextContents()).toEqual(["9,500", "500"]);
    const rows = page.locator(".fleet-row[data-tone]");
    await expect.poll(() => rows.first().textContent()).toContain("backoff.transient");
    expect(await rows.count()).toBeLessThan(60);
    await page.getByRole("listbox").focus();
    await page.keyboard.press("End");
    await expect.poll(() => rows.last().getAttribute("data-tone")).toBe("good");
    await page.locator("#search").fill("n9876");
    await expect.poll(() => rows.count()).toBe(1);
    await openChart(page, "tenant6.type0.n9876");
    await expect.poll(() => page.locator(".details h2").first().textContent()).toBe("tenant6.type0.n9876");
    expect(await page.locator(".actor").count()).toBeLessThan(80);
  });

  it("says of an event who sent it, what guards said, and what went out", async () => {
    const { page, bench, active } = await openPage(browser, { backoffMs: 60_000 });
    await openChart(page);
    await active("linked.streaming.serving");
    bench.gateway.disturb("close");
    await active("backoff.transient");
    const lost = page.locator(".event", { hasText: "stream.ended" }).first();
    expect(await lost.locator(".event-way").textContent()).toBe("gateway to registration");
    await expect.poll(() => lost.locator(".guard").allTextContents()).toContain("isReconnectOff: no");
    expect(await lost.locator(".event-sent").textContent()).toContain("stops stream");
  });

  it("shows dead letters in rows of their own, and marks them among the events", async () => {
    const crowd = crowdOf(3);
    const server = await startInspectorServer({ feed: crowd.feed, status: () => crowd.status() });
    onTestFinished(() => server.close());
    const { page } = await watchedPage(browser, { viewport: { width: 1400, height: 900 } });
    await page.goto(server.url);
    await expect.poll(() => page.locator(".summary").textContent()).toBe("3 of 3 registrations serve");
    crowd.stray(1);
    const letter = page.getByRole("region", { name: "Dead letters" }).getByRole("button");
    expect(await letter.textContent()).toContain("stream.accepted by the gateway, tenant1.type1.n1");
    await letter.click();
    await page.waitForSelector(".canvas .state.active");
    crowd.stray(1);
    expect(await page.locator(".event .event-dead").textContent()).toBe("not taken: a dead letter");
  });

  it("is zoomed at the pointer, dragged, and led by the small map", async () => {
    const { page, active } = await openPage(browser, { reducedMotion: "reduce" });
    await openChart(page);
    await active("linked.streaming.serving");
    const placed = () => page.locator(".canvas svg > g").getAttribute("transform");
    const scale = async () => Number(/scale\(([\d.]+)\)/.exec((await placed()) ?? "")?.[1]);
    const box = page.locator('[data-state="registration.connection.linked.streaming.serving"] rect').first();
    const at = await box.boundingBox();
    if (!at) throw new Error("The active state is out of sight.");
    const before = await scale();
    await page.mouse.move(at.x, at.y);
    await page.mouse.wheel(0, -200);
    await expect.poll(scale).toBeGreaterThan(before);
    const zoomed = await box.boundingBox();
    expect(Math.abs((zoomed?.x ?? 0) - at.x)).toBeLessThan(2);
    await page.mouse.down();
    await page.mouse.move(at.x - 40, at.y + 30, { steps: 4 });
    await page.mouse.up();
    await expect
      .poll(async () => Math.abs(((await box.boundingBox())?.x ?? 0) - (at.x - 40)))
      .toBeLessThan(2);
    const moved = await placed();
    await page.locator(".minimap").click({ position: { x: 30, y: 30 } });
    await expect.poll(placed).not.toBe(moved);
  });

  it("cuts nothing off in any theme and width, and axe finds nothing serious", async () => {
    const { page, active, complaints } = await openPage(browser, narrow);
    await looksRight(page, "fleet");
    await openChart(page);
    await active("linked.streaming.serving");
    await looksRight(page, "chart", async (width) => {
      // Wherever it stands, the chart has room to be seen in.
      const box = await page.locator(".canvas").boundingBox();
      expect(box?.width).toBeGreaterThan(width / 3);
      expect(box?.height).toBeGreaterThan(300);
    });
    expect(complaints).toEqual([]);
  });

  it("writes every label within its box", async () => {
    const { page } = await openPage(browser);
    await openChart(page);
    const wide = await page.evaluate(() =>
      [...document.querySelectorAll<SVGGElement>(".canvas .label")].flatMap((label) => {
        const room = label.querySelector("rect")?.getBBox();
        return [...label.querySelectorAll("text")]
          .filter((text) => room && text.getBBox().x + text.getBBox().width > room.x + room.width)
          .map(({ textContent }) => textContent);
      }),
    );
    expect(wide).toEqual([]);
  });

  it("holds still for who wants less motion", async () => {
    const { page, active } = await openPage(browser, { reducedMotion: "reduce" });
    await openChart(page);
    await active("linked.streaming.serving");
    expect(
      await page
        .locator(".walk")
        .first()
        .evaluate((way) => getComputedStyle(way).display),
    ).toBe("none");
  });

  it("asks nobody but its own server, and shows no secret", async () => {
    const { page, bench, asked, complaints, active, frames } = await openPage(browser, {
      approval: "manual",
    });
    const authToken = "planted-secret-token";
    bench.runtime.add({ tenantId: "acme", instanceId: "two", connector: echo, authToken });
    await page.waitForSelector('.virtual-row[data-name="acme.echo_test.two"] [data-tone="bad"]');
    await openChart(page);
    bench.gateway.approve(key);
    await active("linked.streaming.serving");
    await openChart(page, `${key}/credentials`);
    await page.waitForSelector('.state.active[data-state="credentials.valid"]');
    const told = `${(await frames()).join("\n")}\n${await page.content()}`;
    expect(told).toContain("credentials.ready");
    expect(told).not.toMatch(/planted-secret|PRIVATE KEY|eyJ[A-Za-z0-9_-]{17}/);
    expect(new Set(asked.map((address) => new URL(address).hostname))).toEqual(new Set(["127.0.0.1"]));
    expect(complaints).toEqual([]);
  });

  it("goes by the runtime's clock, and says when this browser's differs", async () => {
    const { page, url } = await openPage(browser);
    await page.addInitScript(() => {
      const { now } = Date;
      Date.now = () => now() - 50 * 60_000;
    });
    await page.goto(url.replace("/?", "/?again=1&"));
    await page.waitForSelector(".fleet-row[data-tone]");
    const words = await page.locator(".clocks").textContent();
    expect(words).toMatch(/The runtime's clock is (50 min|49 min 5\d s).* ahead of this browser's/);
    expect(await page.locator(".clocks").getAttribute("title")).toMatch(/^Set the clock .* mooring doctor /);
    await expect
      .poll(() => page.locator(".fleet-row[data-tone] .fleet-age").first().textContent())
      .not.toMatch(/min|h/);
  });
});
