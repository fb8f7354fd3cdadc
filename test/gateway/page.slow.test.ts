/** The gateway's page in a real browser: approvals, calls by forms, one-time tokens, and faults beside the charts they change. */

import { eventConnector, sinkConnector, sourceConnector } from "mooring";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { neverMs } from "../support/never.js";
import { looksRight, narrow } from "../support/page-looks.js";
import { echoKey, type OpenedPage, openGatewayPage, shopKey } from "./page-rig.js";

const row = (page: Page, key: string) => page.locator(`.virtual-row[data-name="${key}"]`);
const stateOf = (page: Page, key: string) => row(page, key).locator(".connector-state");
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const view = (page: Page, name: "Connectors" | "Faults" | "Tokens") =>
  page.getByRole("navigation", { name: "Views" }).getByRole("button", { name }).click();

/** Approved, chosen, and with its form to be seen. */
async function openTool({ page, bench }: OpenedPage, tool: string, key = shopKey): Promise<void> {
  bench.gateway.approve(key);
  await row(page, key).click();
  await expect.poll(() => stateOf(page, key).textContent()).toBe("connected");
  await page.locator(".tools button", { hasText: new RegExp(`^${tool}`) }).click();
  await page.getByRole("form", { name: `Call ${tool}` }).waitFor();
}

const calls = (page: Page, outcome: string) => page.locator(`.call[data-outcome="${outcome}"]`);

describe.skipIf(!hasChromium)("the gateway's page", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  it("shows who waits, approves, and sees it connected", async () => {
    const { page } = await openGatewayPage(browser);
    await expect
      .poll(() => page.locator(".summary").textContent())
      .toBe("0 connectors connected, 2 to approve");
    await expect.poll(() => stateOf(page, shopKey).textContent()).toBe("waits for approval");
    await page.locator(`.card[data-key="${shopKey}"]`).getByRole("button", { name: "Approve" }).click();
    await expect.poll(() => stateOf(page, shopKey).textContent()).toBe("connected");
    await expect
      .poll(() => page.locator(".summary").textContent())
      .toBe("1 connector connected, 1 to approve");
    await expect.poll(() => page.locator(".card").count()).toBe(1);
    await expect.poll(() => page.locator(".notice").textContent()).toContain(`${shopKey} is approved`);
  });

  it("rejects, and takes that back", async () => {
    const { page, bench } = await openGatewayPage(browser);
    await page.locator(`.card[data-key="${echoKey}"]`).getByRole("button", { name: "Reject" }).click();
    const found = () => bench.gateway.registrations().find(({ key }) => key === echoKey);
    await expect.poll(() => found()?.state).toBe("rejected");
    // The list is in its new order then.
    await expect.poll(() => stateOf(page, echoKey).textContent()).toBe("rejected");
    await row(page, echoKey).click();
    await page.locator(".standing").getByRole("button", { name: "Approve" }).click();
    await expect.poll(() => found()?.state).toBe("approved");
    // A no is not asked again at once.
    bench.runtime.registration(echoKey).retryNow();
    await expect.poll(() => stateOf(page, echoKey).textContent()).toBe("connected");
  });

  it("shows what others decide, and what they remove, as it happens", async () => {
    const { page, bench } = await openGatewayPage(browser);
    bench.gateway.approve(shopKey);
    await expect.poll(() => stateOf(page, shopKey).textContent()).toBe("connected");
    await bench.runtime.close();
    for (const key of [shopKey, echoKey])
      await expect.poll(() => stateOf(page, key).textContent()).toBe("away");
    await row(page, shopKey).click();
    await press(page, "Remove…");
    await press(page, "Remove it");
    await expect.poll(() => row(page, shopKey).count()).toBe(0);
    expect(bench.gateway.registrations().map(({ key }) => key)).toEqual([echoKey]);
  });

  it("calls a tool by a form made from its schema", async () => {
    const opened = await openGatewayPage(browser);
    const { page } = opened;
    await openTool(opened, "order");
    const form = page.getByRole("form", { name: "Call order" });
    expect(await form.getByLabel("amount").inputValue()).toBe("2");
    expect(await form.getByLabel("size").locator("option").allTextContents()).toEqual([
      "left out",
      "small",
      "large",
    ]);
    // Nothing is sent that is not right, and each field says what is wrong with it.
    await form.getByLabel("amount").fill("11");
    await press(page, "Run");
    await expect
      .poll(() => form.locator(".field .problem").allTextContents())
      .toEqual(["must have at least 1 character", "must be at least 1 and at most 10"]);
    expect(await page.locator(".call").count()).toBe(0);
    await form.getByLabel("title").fill("tea");
    await form.getByLabel("amount").fill("3");
    await form.getByLabel("size").selectOption("large");
    await form.getByLabel("gift").selectOption("true");
    await press(page, "Add tags");
    await form.getByRole("textbox", { name: "tags 1" }).fill("green");
    await press(page, "Add to tags");
    await form.getByRole("textbox", { name: "tags 2" }).fill("loose");
    await press(page, "Add address");
    await form.getByLabel("street").fill("Main Street 1");
    await form.getByRole("checkbox", { name: "zip is null" }).check();
    await form.getByLabel("extras").fill('{ "milk": 1 }');
    await press(page, "Run");
    const answer = calls(page, "answered").locator(".answer");
    expect(JSON.parse((await answer.textContent()) ?? "")).toEqual({
      title: "tea",
      amount: 3,
      size: "large",
      gift: true,
      tags: ["green", "loose"],
      address: { street: "Main Street 1", zip: null },
      extras: { milk: 1 },
    });
    // The same as JSON, and back.
    await press(page, "JSON");
    const raw = form.getByLabel("Parameters as JSON");
    expect(JSON.parse(await raw.inputValue())).toMatchObject({ title: "tea", extras: { milk: 1 } });
    await raw.fill('{ "title": "x", "amount": 1, "unknown": [1] }');
    await press(page, "Form");
    expect(await form.locator(".modes .problem").textContent()).toContain("it stays as JSON");
    await raw.fill('{ "title": "coffee", "amount": 1 }');
    await press(page, "Form");
    await expect.poll(() => form.getByLabel("title").inputValue()).toBe("coffee");
  });

  it("keeps calls with their errors, to be edited and run again", async () => {
    const opened = await openGatewayPage(browser);
    const { page } = opened;
    await openTool(opened, "order");
    await page.getByLabel("title").fill("nothing");
    await page.keyboard.press("Control+Enter");
    await expect
      .poll(() => calls(page, "failed").locator(".call-error").textContent())
      .toContain("nothing is sold out");
    expect(await calls(page, "failed").textContent()).toMatch(/\d (ms|s), \d+ ms in the handler/);
    await page.locator(".tools button", { hasText: /^add/ }).click();
    await page.getByRole("form", { name: "Call add" }).waitFor();
    await press(page, "Edit call 1");
    await expect.poll(() => page.getByLabel("title").inputValue()).toBe("nothing");
    await page.getByLabel("title").fill("something");
    await press(page, "Run");
    await calls(page, "answered").waitFor();
    await press(page, "Run again call 2");
    await expect.poll(() => calls(page, "answered").count()).toBe(2);
    expect(await page.locator(".call").count()).toBe(3);
  });

  it("sends requests as JSON and as text to a connector that answers them, and takes them back", async () => {
    const { page, bench } = await openGatewayPage(browser);
    await row(page, echoKey).click();
    await page.getByRole("form", { name: "Send a request" }).waitFor();
    await page.getByRole("form").getByLabel("JSON").fill("[1, { }");
    await press(page, "Run");
    await expect.poll(() => page.locator("#raw-problem").textContent()).toContain("must be JSON");
    // Nobody serves it yet: the request waits, and can be taken back.
    await page.getByRole("form").getByLabel("JSON").fill('{ "n": 1 }');
    await press(page, "Run");
    await calls(page, "running").waitFor();
    await press(page, "Take back");
    await expect.poll(() => calls(page, "failed").locator(".call-error").textContent()).toBe("taken back");
    await bench.gateway.until((one) => one.registrations().every(({ openExecutes }) => openExecutes === 0));
    bench.gateway.approve(echoKey);
    await press(page, "Run");
    await expect.poll(() => calls(page, "answered").locator(".answer").textContent()).toContain('"n": 1');
    await press(page, "Text");
    await page.getByRole("form").getByLabel("Payload").fill("no {json}");
    await press(page, "Run");
    await expect
      .poll(() => calls(page, "answered").first().locator(".answer").textContent())
      .toBe('"no {json}"');
  });

  it("begins with the form of a source, a sink and events, and sends it as it stands", async () => {
    const version = "1.0.0";
    const connectors = [
      sourceConnector({ type: "rows", version, fetch: () => ({ items: [{ n: 1 }] }) }),
      sinkConnector({ type: "archive", version, write() {} }),
      eventConnector({ type: "events", version }),
    ];
    const registrations = connectors.map((connector) => ({ tenantId: "acme", instanceId: "one", connector }));
    const { page } = await openGatewayPage(browser, {
      registrations,
      gateway: { approval: "automatic" },
      row: "acme.rows.one",
    });
    const answers = async (type: string, words: string) => {
      await row(page, `acme.${type}.one`).click();
      await page.getByRole("heading", { name: `acme.${type}.one` }).waitFor();
      await press(page, "Run");
      await expect
        .poll(() => calls(page, "answered").first().locator(".answer").textContent())
        .toContain(words);
    };
    await answers("rows", '"n": 1');
    await answers("archive", '"items_written": 1');
    await answers("events", '"topic": "a.b"');
  });

  it("issues a one-time token that is copied and never shown", async () => {
    const { page, bench, frames } = await openGatewayPage(browser);
    const { origin } = new URL(page.url());
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    await view(page, "Tokens");
    await page.getByLabel("Tenant").fill("acme");
    await page.getByLabel("Type of connector").fill("shop");
    await page.getByLabel("Instance").fill("two");
    await press(page, "Issue");
    await press(page, "Copy token");
    await expect.poll(() => page.locator(".copied").first().textContent()).toBe("copied");
    const token = await page.evaluate(() => navigator.clipboard.readText());
    expect(token).toMatch(/^[\w-]{32}$/);
    await expect
      .poll(() => page.locator(".listed-tokens li").textContent())
      .toMatch(/^acme\.shop\.twocounts for (10 min|9 min|5\d s)/);
    const told = `${(await frames()).join("\n")}\n${await page.content()}`;
    expect(told).not.toContain(token);
    const shown = page.locator(".curl code");
    await press(page, "curl for issuing a token");
    expect(await shown.textContent()).toBe(
      `curl -X POST '${bench.gateway.httpUrl}/api/one-time-tokens' -H 'content-type: application/json' -d '{"tenantId":"acme","connectorType":"shop","instanceId":"two","ttlMs":600000}'`,
    );
  });

  it("shows a fault of its panel on the runtime's chart: back-off, and the way back", async () => {
    const { page, bench } = await openGatewayPage(browser, {
      gateway: { approval: "automatic" },
      runtime: { backoff: { baseMs: 60_000, maxMs: 60_000, jitterMs: 0 }, stableUptimeMs: neverMs },
    });
    const active = (state: string) =>
      page.waitForSelector(`.state.active[data-state="registration.connection.${state}"]`);
    await row(page, shopKey).click();
    await view(page, "Faults");
    await active("linked.streaming.serving");
    await expect
      .poll(() => page.locator(".actors [aria-selected=true]").getAttribute("data-name"))
      .toBe(shopKey);
    await page.getByLabel("failRegister", { exact: true }).fill("5");
    await press(page, "Set failRegister");
    await expect
      .poll(() => page.locator(".in-force li").textContent())
      .toBe("failRegister 5 · Refuse the next registers");
    await press(page, "End streams");
    await active("backoff.transient");
    bench.runtime.registration(shopKey).retryNow();
    // The count goes down as the gateway refuses.
    await expect.poll(() => page.getByLabel("failRegister", { exact: true }).inputValue()).toBe("4");
    await expect
      .poll(() => page.locator(".entry-words").allTextContents())
      .toContain("fault took effect: failRegister");
    await press(page, "Set all back");
    await expect.poll(() => page.locator(".in-force").count()).toBe(0);
    await page.waitForSelector('.state.active[data-state="registration.connection.backoff"]');
    bench.runtime.registration(shopKey).retryNow();
    await active("linked.streaming.serving");
  });

  it("takes the address of an inspector, keeps its token out of the page, and says when it is gone", async () => {
    const { page, inspector, frames } = await openGatewayPage(browser, { charts: false });
    await view(page, "Faults");
    const address = page.getByLabel(/address/);
    await address.fill("http://127.0.0.1:1/?token=wrong");
    await press(page, "Show its charts");
    await expect
      .poll(() => page.locator(".address .problem").textContent())
      .toBe("The inspector does not answer.");
    await address.fill(inspector);
    await press(page, "Show its charts");
    await page.waitForSelector(".canvas .state.active");
    const token = new URL(inspector).searchParams.get("token") ?? "";
    expect(`${(await frames()).join("\n")}\n${await page.content()}`).not.toContain(token);
    await press(page, "Another runtime");
    await address.waitFor();
  });

  it("is led by the keyboard alone", async () => {
    const { page, bench } = await openGatewayPage(browser);
    await page.keyboard.press("?");
    expect(await page.getByRole("dialog").textContent()).toContain("Ctrl+Enter");
    await page.keyboard.press("Escape");
    await page.keyboard.press("/");
    await page.keyboard.type("shop");
    await expect.poll(() => page.locator(".virtual-row").count()).toBe(1);
    await page.keyboard.press("Escape");
    await page
      .getByRole("button", { name: `Approve ${shopKey}` })
      .first()
      .focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => stateOf(page, shopKey).textContent()).toBe("connected");
    await page.getByRole("listbox").focus();
    await page.keyboard.press("Home");
    await page.getByLabel("a", { exact: true }).or(page.getByLabel("a required")).first().focus();
    await page.keyboard.type("2");
    await page.keyboard.press("Control+Enter");
    await expect.poll(() => calls(page, "answered").locator(".answer").textContent()).toContain('"sum": 3');
    await page.keyboard.press("Escape");
    await page.keyboard.press("2");
    const deaf = page.getByRole("switch", { name: "deaf" });
    await deaf.focus();
    await page.keyboard.press("Space");
    await expect.poll(() => bench.gateway.faults().deaf).toBe(true);
    await expect.poll(() => deaf.getAttribute("aria-checked")).toBe("true");
    await page.keyboard.press("3");
    await page.waitForSelector("main.tokens");
    await page.keyboard.press("1");
    await page.waitForSelector("main.connectors");
  });

  it("comes back after the server was away, with all as it is then", async () => {
    const { page, bench } = await openGatewayPage(browser);
    await page.reload();
    await row(page, shopKey).waitFor();
    expect(new URL(page.url()).search).toBe("");
    bench.gateway.approve(shopKey);
    await expect.poll(() => stateOf(page, shopKey).textContent()).toBe("connected");
  });

  it("asks nobody but its own server, and shows no secret", async () => {
    const adminToken = "planted-secret-admin";
    const opened = await openGatewayPage(browser, { gateway: { adminToken } });
    const { page, served, asked, complaints, frames, inspector } = opened;
    await openTool(opened, "add");
    await press(page, "curl for add");
    expect(await page.locator(".curl code").textContent()).toContain(
      '-H "authorization: Bearer $MOORING_ADMIN_TOKEN"',
    );
    await page.getByLabel("a required").fill("1");
    await press(page, "Run");
    await calls(page, "answered").waitFor();
    await view(page, "Faults");
    await page.waitForSelector(".canvas .state.active");
    await view(page, "Tokens");
    await page.waitForSelector(".listed-tokens li");
    const told = `${(await frames()).join("\n")}\n${await page.content()}\n${page.url()}`;
    expect(told).toContain(shopKey);
    expect(told).not.toMatch(/planted-secret|PRIVATE KEY|eyJ[A-Za-z0-9_-]{17}/);
    for (const address of [served.url, inspector])
      expect(told).not.toContain(new URL(address).searchParams.get("token"));
    expect(new Set(asked.map((address) => new URL(address).origin))).toEqual(
      new Set([new URL(served.url).origin]),
    );
    expect(complaints).toEqual([]);
  });

  it("is not to be had in a frame of another page", async () => {
    const { page, served } = await openGatewayPage(browser);
    const other = await openGatewayPage(browser);
    const frame = await page.evaluate(async (address) => {
      const made = document.createElement("iframe");
      made.src = address;
      document.body.append(made);
      await new Promise((resolve) => {
        made.onload = resolve;
      });
      return made.contentDocument?.body.textContent ?? "closed";
    }, other.served.url);
    expect(frame).toBe("closed");
    expect(served.url).not.toBe(other.served.url);
  });

  it("cuts nothing off in any theme and width, and axe finds nothing serious", async () => {
    const opened = await openGatewayPage(browser, narrow);
    const { page, complaints } = opened;
    await looksRight(page, "gateway-waiting");
    await openTool(opened, "order");
    await press(page, "Add tags");
    await press(page, "Add address");
    await press(page, "Run");
    await page.getByLabel("title").fill("nothing");
    await page.getByLabel("street").fill("Main Street");
    await press(page, "Run");
    await calls(page, "failed").waitFor();
    await press(page, "curl for order");
    await looksRight(page, "gateway-connectors");
    await view(page, "Faults");
    await page.waitForSelector(".canvas .state.active");
    await page.getByRole("switch", { name: "deaf" }).click();
    await page.waitForSelector(".in-force");
    await page.locator("summary", { hasText: "WebSockets" }).click();
    await page.getByRole("button", { name: "+1 phxError" }).waitFor();
    await looksRight(page, "gateway-faults", async (width) => {
      const box = await page.locator(".canvas").boundingBox();
      expect(box?.width).toBeGreaterThan(width / 3);
      expect(box?.height).toBeGreaterThan(280);
    });
    await view(page, "Tokens");
    await page.waitForSelector("main.tokens");
    await looksRight(page, "gateway-tokens");
    expect(complaints).toEqual([]);
  });
});
