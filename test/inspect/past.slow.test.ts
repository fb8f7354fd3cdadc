/** The past in the page, in a real browser: of the runtime behind it, and of a file that is dropped. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { textOf } from "../recording/texts.js";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { echo } from "../support/connectors.js";
import { looksRight, narrow } from "../support/page-looks.js";
import { outcomes } from "../support/printed-tests.js";
import { key, type Look, lastEvents, type Opened, openPage } from "./page-rig.js";

const two = [
  { tenantId: "acme", instanceId: "one", connector: echo },
  { tenantId: "beta", instanceId: "two", connector: echo },
];

const bar = (page: Page) => page.locator(".past");
const banner = async (page: Page): Promise<string> => (await page.locator(".banner").textContent()) ?? "";
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const stateOf = (page: Page, name = key) =>
  page.locator(`.virtual-row[data-name="${name}"] .fleet-state`).textContent();
const place = async (page: Page): Promise<number> =>
  Number(/event ([\d,]+) of/.exec(await banner(page))?.[1]?.replace(",", ""));

/** Each lost its link, waited, and came back. */
async function throughAnOutage(browser: Browser, look: Look = {}): Promise<Opened> {
  const opened = await openPage(browser, { backoffMs: 60_000, ...look });
  const { bench, page } = opened;
  const serve = () => bench.runtime.status().registrations.every(({ child }) => child === "serving");
  await expect.poll(serve).toBe(true);
  bench.gateway.disturb("close");
  await expect.poll(() => stateOf(page)).toBe("backoff.transient");
  const keys = bench.runtime.status().registrations.map((one) => one.key);
  for (const one of keys) bench.runtime.registration(one).retryNow();
  await expect.poll(serve).toBe(true);
  await expect.poll(() => stateOf(page)).toBe("serving");
  return opened;
}

async function lookBack(page: Page): Promise<void> {
  await button(page, "Look back").click();
  await bar(page).waitFor();
}

/** To the moment at which a registration lost its link. */
async function toLoss(page: Page, name = key): Promise<void> {
  // From a place that no fault has: only so is it seen that the button was obeyed.
  await button(page, "Beginning").click();
  await expect.poll(() => banner(page)).not.toContain("stream.ended");
  await button(page, "First fault").click();
  await expect.poll(() => banner(page)).toContain("stream.ended");
  while (!(await banner(page)).includes(`at ${name}`)) {
    const before = await place(page);
    await button(page, "Next fault").click();
    await expect.poll(() => place(page)).toBeGreaterThan(before);
  }
}

const fragmentOf = (page: Page) => new URLSearchParams(new URL(page.url()).hash.slice(1));

/** Waits until the address has the moment that is shown: it follows a little behind. */
async function addressed(page: Page): Promise<void> {
  const isWritten = async () => {
    const ms = Math.floor(Number(fragmentOf(page).get("at")?.split("~")[0])) % 1_000;
    return (await banner(page)).includes(`.${String(ms).padStart(3, "0")}`);
  };
  await expect.poll(isWritten).toBe(true);
}

/** Puts a file on the page as a person drops it. */
async function drop(page: Page, name: string, text: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([title, content]) => {
      const data = new DataTransfer();
      data.items.add(new File([content], title));
      return data;
    },
    [name, text] as const,
  );
  await page.dispatchEvent("body", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("body", "drop", { dataTransfer: transfer });
}

/** All that the fleet shows of its registrations, but for ages, which are of a moment. */
const fleetShown = (page: Page) =>
  page
    .locator(".fleet-row[data-tone]")
    .evaluateAll((rows) =>
      rows.map((row) =>
        [
          row.getAttribute("data-tone"),
          ...[...row.querySelectorAll(".fleet-key, .fleet-state, .fleet-cause, .fleet-losses")].map(
            ({ textContent }) => textContent,
          ),
        ].join(" | "),
      ),
    );

async function clipboard(page: Page): Promise<string> {
  return page.evaluate(() => navigator.clipboard.readText());
}

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
    await toLoss(page);
    await expect.poll(() => stateOf(page)).toBe("backoff.transient");
    await expect.poll(() => page.locator(".summary").textContent()).toBe("0 of 1 registration serves");
    await expect
      .poll(() => page.locator('[data-facet="cause"] .facet-value').textContent())
      .toBe("server-closed");
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    await expect.poll(async () => (await lastEvents(page))[0]).toBe("stream.ended: backoff.transient");
    // As much as was left then, not now.
    const left = page.locator(".timer", { hasText: "backoffDelay" }).locator(".timer-left");
    await expect.poll(() => left.textContent()).toBe("1 min 0 s");
    await button(page, "Live").click();
    await page.waitForSelector(
      '.state.active[data-state="registration.connection.linked.streaming.serving"]',
    );
    await bar(page).waitFor({ state: "detached" });
    expect(complaints).toEqual([]);
  });

  it("is led by the keyboard: by events, by those of a registration, by movements", async () => {
    const { page } = await throughAnOutage(browser, { registrations: two });
    await page.keyboard.press("l");
    await bar(page).waitFor();
    const all = await place(page);
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => place(page)).toBe(all - 1);
    await page.keyboard.press("Home");
    await expect.poll(() => place(page)).toBe(1);
    await page.getByLabel("Step by").selectOption("Movements");
    for (const moved of ["connecting", "connecting", "awaitingRegister.first"]) {
      const before = await place(page);
      await page.keyboard.press("ArrowRight");
      await expect.poll(() => place(page)).toBeGreaterThan(before);
      await expect.poll(() => fleetShown(page)).toContainEqual(expect.stringContaining(moved));
    }
    await page.keyboard.press("n");
    await expect.poll(() => fleetShown(page)).toContainEqual(expect.stringContaining("backoff.transient"));
    await page.locator('.virtual-row[data-name="beta.echo_test.two"]').click();
    await page.getByLabel("Step by").selectOption("The registration's");
    await page.locator(".banner").click();
    for (let step = 0; step < 3; step += 1) {
      const before = await place(page);
      await page.keyboard.press("ArrowLeft");
      await expect.poll(() => place(page)).toBeLessThan(before);
      expect(await banner(page)).toContain("at beta.echo_test.two");
    }
    await page.keyboard.press("l");
    await expect.poll(() => bar(page).count()).toBe(0);
  });

  it("plays to its end, and can be dragged anywhere", async () => {
    const { page } = await throughAnOutage(browser);
    await lookBack(page);
    const all = await place(page);
    const slider = page.getByLabel("Moment of the recording");
    const box = await slider.boundingBox();
    if (!box) throw new Error("There is no slider.");
    await page.mouse.click(box.x + 2, box.y + box.height / 2);
    await expect.poll(() => place(page)).toBeLessThan(all);
    await page.getByLabel("Speed").selectOption("10×");
    await page.keyboard.press("p");
    await expect.poll(() => place(page)).toBe(all);
    await button(page, "Play").waitFor();
  });

  it("says what differs between two moments: who moved, and what of the chosen one", async () => {
    const { page } = await throughAnOutage(browser, { registrations: two });
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await lookBack(page);
    await button(page, "Pin").click();
    await toLoss(page);
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    // Of the chart that is looked at there are its own faults alone.
    await button(page, "Fleet").click();
    await toLoss(page, "beta.echo_test.two");
    await button(page, "Chart").click();
    await toLoss(page);
    await button(page, "Pin second").click();
    const differences = page.locator(".differences");
    await expect
      .poll(() => differences.locator("h3").allTextContents())
      .toEqual([expect.stringMatching(/^[12] registrations? moved$/), key]);
    await expect
      .poll(() => differences.locator(".moved").first().textContent())
      .toContain("backoff.transient, then streaming.serving");
    const facts = await differences.locator(".facts").textContent();
    expect(facts).toContain("states");
    expect(facts).toContain("backoff.transient");
    await button(page, "Unpin").click();
    await differences.waitFor({ state: "detached" });
  });

  it("shows of a file that is dropped what it shows of the runtime that wrote it", async () => {
    const { page, bench } = await throughAnOutage(browser, { registrations: two });
    await lookBack(page);
    await toLoss(page);
    await expect.poll(() => stateOf(page)).toBe("backoff.transient");
    // The file is written later, and may have more events than there were.
    const shown = async () => (await banner(page)).replace(/^.*(event [\d,]+) of [\d,]+/, "$1");
    const before = { rows: await fleetShown(page), moment: await shown() };
    await drop(page, "outage.jsonl", await textOf(bench.runtime.recording()));
    await expect.poll(() => banner(page)).toContain("Past of outage.jsonl");
    await toLoss(page);
    await expect.poll(() => fleetShown(page)).toEqual(before.rows);
    await expect.poll(shown).toBe(before.moment);
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
  });

  it("says of a file that is no recording which line and field is wrong", async () => {
    const { page, bench } = await throughAnOutage(browser);
    const lines = (await textOf(bench.runtime.recording())).trimEnd().split("\n");
    const broken = lines.map((line, at) =>
      at === lines.length - 1 ? line.replace(/"at":\d+/, '"at":"noon"') : line,
    );
    await drop(page, "broken.jsonl", broken.join("\n"));
    const alert = page.getByRole("alert");
    await expect
      .poll(() => alert.textContent())
      .toContain(
        `broken.jsonl: The recording cannot be read: line ${lines.length} has no usable "at": it must be a time in ms since 1970; got "noon".`,
      );
    await drop(page, "photo.jpg", "JFIF");
    await expect
      .poll(() => alert.textContent())
      .toContain("line 1 is not JSON: this is no recording of Mooring.");
    expect(await bar(page).count()).toBe(0);
    expect(await stateOf(page)).toBe("serving");
  });

  it("copies a moment as a test that passes, of the runtime and of a file", async () => {
    const { page, bench } = await throughAnOutage(browser);
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await button(page, "Copy as test").click();
    await page.locator(".notice.good").waitFor();
    const live = await clipboard(page);
    await lookBack(page);
    await toLoss(page);
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    await button(page, "Copy as test").click();
    await expect.poll(() => clipboard(page)).not.toBe(live);
    const ofRuntime = await clipboard(page);
    await drop(page, "outage.jsonl", await textOf(bench.runtime.recording()));
    await expect.poll(() => banner(page)).toContain("Past of outage.jsonl");
    await toLoss(page);
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    await page.evaluate(() => navigator.clipboard.writeText(""));
    await button(page, "Copy as test").click();
    const moment = async () => (await clipboard(page)).replace(/"writtenAt":\d+/, "");
    await expect.poll(moment).toBe(ofRuntime.replace(/"writtenAt":\d+/, ""));
    expect(live).toContain(`{"${key}":"streaming.serving"}`);
    expect(ofRuntime).toContain(`{"${key}":"backoff.transient"}`);
    const other = ofRuntime.replace('"backoff":"transient"', '"backoff":"refused"');
    expect(await outcomes({ live, past: ofRuntime, other })).toEqual({
      live: true,
      past: true,
      other: false,
    });
  });

  it("draws who said what to whom: a registration from its start to its service, live and in the past", async () => {
    const { page } = await throughAnOutage(browser, { registrations: two });
    await button(page, "Sequence").click();
    const arrows = () =>
      page
        .locator(".message")
        .evaluateAll((all) =>
          all.map(
            (one) =>
              `${one.getAttribute("data-from")} → ${one.getAttribute("data-to")}: ${one.querySelector("text")?.textContent}`,
          ),
        );
    await expect.poll(arrows).toContain("gateway → registration: stream.accepted");
    await lookBack(page);
    // Whom one has looked at live.
    expect(await page.getByLabel("Messages of a registration").inputValue()).toBe(key);
    await page.getByLabel("Messages of a registration").fill("beta");
    await page.keyboard.press("Escape");
    await expect
      .poll(() => page.locator(".sequence .controls [role=status]").textContent())
      .toContain("of beta.echo_test.two");
    const expected = [
      "partition → registration: start registration",
      "registration → gateway: start opening",
      "gateway → registration: opening done",
      "registration → stream: start stream",
      "stream → gateway: register",
      "gateway → registration: stream.accepted",
      "registration → stream: serve",
      "gateway → registration: × stream.ended: server-closed",
      "partition → registration: retry.now",
    ];
    await expect
      .poll(async () => (await arrows()).filter((arrow) => expected.includes(arrow)))
      .toEqual(expect.arrayContaining(expected));
    const before = await place(page);
    await page.locator(".message", { hasText: "stream.ended" }).click();
    await expect.poll(() => place(page)).toBeLessThan(before);
    expect(await banner(page)).toContain("stream.ended at beta.echo_test.two");
    await button(page, "Show in chart").click();
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    await expect
      .poll(() => page.locator(".edge.chosen .line.chosen").textContent())
      .toContain("stream.ended");
  });

  it("goes from fault to fault of what the view is narrowed to", async () => {
    const { page } = await throughAnOutage(browser, { registrations: two });
    await lookBack(page);
    const search = page.getByLabel("Search by name, state or cause");
    for (const name of ["beta.echo_test.two", key]) {
      await search.fill(name);
      await page.waitForFunction(() => document.querySelectorAll(".fleet-row[data-tone]").length === 1);
      await button(page, "First fault").click();
      await expect.poll(() => banner(page)).toContain(`stream.ended at ${name}`);
    }
    await search.fill("nobody");
    await expect.poll(() => button(page, "Next fault").isDisabled()).toBe(true);
    await search.fill("");
    await expect.poll(() => button(page, "Next fault").isDisabled()).toBe(false);
  });

  it("has view, registration, search and time in the address, for links, the back button and a reload", async () => {
    const { page, url } = await throughAnOutage(browser, { registrations: two });
    const token = new URL(url).searchParams.get("token") ?? "";
    const fragment = () => fragmentOf(page);
    await page.locator("#search").fill("acme");
    await expect.poll(() => fragment().get("words")).toBe("acme");
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await expect.poll(() => fragment().get("actor")).toBe(key);
    expect(fragment().get("view")).toBe("chart");
    expect(fragment().get("words")).toBe("acme");
    await lookBack(page);
    await toLoss(page);
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    await expect.poll(() => fragment().get("past")).toBe("runtime");
    await addressed(page);
    const at = fragment().get("at");
    expect(page.url().split("#")[1]).not.toContain(token);
    await page.reload();
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff.transient"]');
    expect(await banner(page)).toContain("stream.ended");
    expect(fragment().get("at")).toBe(at);
    await page.goBack();
    await expect.poll(() => bar(page).count()).toBe(0);
    await page.waitForSelector(
      '.state.active[data-state="registration.connection.linked.streaming.serving"]',
    );
    await page.goBack();
    await page.waitForSelector("main.fleet");
    await expect.poll(() => page.locator(".fleet-row[data-tone]").count()).toBe(1);
  });

  it("has the view of requests in the address, too", async () => {
    const { page, url } = await throughAnOutage(browser);
    await page.goto(`${url}#view=requests`);
    await page.reload();
    await page.waitForSelector("main.requests");
  });

  it("says of a link to a file that it has to be opened, and goes to its moment then", async () => {
    const { page, bench, url } = await throughAnOutage(browser);
    const text = await textOf(bench.runtime.recording());
    await drop(page, "outage.jsonl", text);
    await bar(page).waitFor();
    await toLoss(page);
    await expect.poll(() => stateOf(page)).toBe("backoff.transient");
    await addressed(page);
    const hash = new URL(page.url()).hash;
    await page.goto("about:blank");
    await page.goto(`${url}${hash}`);
    await expect
      .poll(() => page.getByRole("alert").textContent())
      .toContain("This link is about the file outage.jsonl");
    await drop(page, "outage.jsonl", text);
    await expect.poll(() => stateOf(page)).toBe("backoff.transient");
    await page.getByRole("alert").waitFor({ state: "detached" });
  });

  it("asks nobody but its own server, and shows no secret", async () => {
    const { page, bench, asked, complaints } = await openPage(browser);
    bench.runtime.add({
      tenantId: "acme",
      instanceId: "two",
      connector: echo,
      authToken: "planted-secret-token",
    });
    await page.waitForSelector('.virtual-row[data-name="acme.echo_test.two"] [data-tone="bad"]');
    await lookBack(page);
    let seen = await page.content();
    await drop(page, "outage.jsonl", await textOf(bench.runtime.recording()));
    await expect.poll(() => banner(page)).toContain("Past of outage.jsonl");
    for (const view of ["Chart", "Sequence"]) {
      await button(page, view).click();
      await page.waitForSelector(view === "Chart" ? ".state.active" : ".message");
      seen += await page.content();
    }
    expect(seen).toContain("acme.echo_test.two");
    expect(seen).not.toMatch(/planted-secret|PRIVATE KEY|eyJ[A-Za-z0-9_-]{17}/);
    expect(new Set(asked.map((address) => new URL(address).hostname))).toEqual(new Set(["127.0.0.1"]));
    expect(complaints).toEqual([]);
  });

  it("cuts nothing off in any theme and width, and axe finds nothing serious", async () => {
    const { page } = await throughAnOutage(browser, { ...narrow, registrations: two });
    await lookBack(page);
    await button(page, "Pin").click();
    await toLoss(page);
    await expect.poll(() => stateOf(page)).toBe("backoff.transient");
    await button(page, "Pin second").click();
    for (const [view, shown] of [
      ["Fleet", "main.fleet"],
      ["Chart", ".state.active"],
      ["Sequence", ".message"],
    ] as const) {
      await button(page, view).click();
      await page.waitForSelector(shown);
      await looksRight(page, `past-${view}`);
    }
  });
});
