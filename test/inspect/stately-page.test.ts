/** "Open in Stately Inspector": the page speaks the window protocol of `@statelyai/inspect` to a page that has its receiver. */
import type { StatelyActorEvent, StatelyInspectionEvent, StatelySnapshotEvent } from "@statelyai/inspect";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createMachine } from "xstate";
import { partitionMachine, registrationMachine, supervisorMachine } from "../../machines/index.js";
import { hasChromium, launchChromium } from "../support/chromium.js";
import { echo } from "../support/connectors.js";
import { shapeOf } from "../support/machine-shape.js";
import { serveHostedPage } from "./hosted-page.js";
import { key, type Look, openPage } from "./page-rig.js";

interface Receiving {
  readonly received_?: readonly StatelyInspectionEvent[];
}

const received = (opened: Page): Promise<readonly StatelyInspectionEvent[]> =>
  opened.evaluate(() => (window as unknown as Receiving).received_ ?? []);

/** Until it has received something that says so. */
const heard = (opened: Page, text: string) =>
  opened.waitForFunction(
    (wanted) => JSON.stringify((window as unknown as Receiving).received_ ?? []).includes(wanted),
    text,
  );

const isActor = (message: StatelyInspectionEvent): message is StatelyActorEvent =>
  message.type === "@xstate.actor";
const isSnapshot = (message: StatelyInspectionEvent): message is StatelySnapshotEvent =>
  message.type === "@xstate.snapshot";

const has = (messages: readonly unknown[], text: string): boolean => JSON.stringify(messages).includes(text);

/** Within the page: a browser that is sent elsewhere from outside lets go of who opened the window. */
async function goTo(opened: Page, address: string): Promise<void> {
  await Promise.all([
    opened.waitForURL(address),
    opened.evaluate((to) => setTimeout(() => location.assign(to)), address),
  ]);
  await opened.waitForFunction(() => "received_" in window);
}

const others = ["two", "three"].map((instanceId) => ({ tenantId: "beta", instanceId, connector: echo }));

describe.skipIf(!hasChromium)("the button for Stately's inspector", () => {
  let browser: Browser & AsyncDisposable;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  /** The page with a chart open; the button's address is that of a local page. */
  async function chartPage(look: Look = {}) {
    const port = await serveHostedPage();
    const opened = await openPage(browser, look);
    const { page } = opened;
    const address = `http://127.0.0.1:${port}/`;
    await page.evaluate((to) => {
      document.querySelector<HTMLMetaElement>('meta[name="stately-inspector"]')?.setAttribute("content", to);
    }, address);
    await page.locator(`.virtual-row[data-name="${key}"]`).click();
    await opened.active("linked.streaming.serving");
    const panel = page.getByRole("region", { name: "Stately" });
    const button = panel.getByRole("button", { name: "Open in Stately Inspector" });
    const open = async (): Promise<Page> => {
      const [hosted] = await Promise.all([page.waitForEvent("popup"), button.click()]);
      onTestFinished(() => hosted.close());
      return hosted;
    };
    return { ...opened, address, port, panel, button, open };
  }

  it("hands over the actor that is looked at with all above it, and each step from then on", async () => {
    const { page, bench, asked, complaints, open, panel } = await chartPage({
      registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }, ...others],
      backoffMs: 60_000,
    });
    const ours = new URL(page.url()).origin;
    expect(
      asked.filter((address) => new URL(address).origin !== ours && !address.startsWith("data:")),
    ).toEqual([]);
    const hosted = await open();
    await panel.getByText("Connected: it is told of each step.").waitFor();
    await heard(hosted, key);

    const actors = (await received(hosted)).filter(isActor);
    const [supervisor, partition, registration] = actors;
    expect(actors.slice(0, 3).map(({ name }) => name)).toEqual(["supervisor", "partition-1", key]);
    expect([supervisor?.parentId, partition?.parentId, registration?.parentId]).toEqual([
      undefined,
      supervisor?.sessionId,
      partition?.sessionId,
    ]);
    expect(new Set(actors.map(({ rootId }) => rootId))).toEqual(new Set([supervisor?.sessionId]));
    expect(registration?.snapshot).toMatchObject({
      status: "active",
      value: { connection: { linked: { streaming: "serving" } }, intake: "accepting" },
    });
    const machines = [supervisorMachine, partitionMachine, registrationMachine];
    for (const [place, machine] of machines.entries())
      expect(shapeOf(createMachine(JSON.parse(actors[place]?.definition ?? "")))).toEqual(shapeOf(machine));

    bench.gateway.disturb("close");
    await heard(hosted, '"backoff":"transient"');
    const messages = await received(hosted);
    const steps = messages
      .filter(({ sessionId }) => sessionId === registration?.sessionId)
      .filter(isSnapshot);
    expect(steps.find(({ snapshot }) => has([snapshot], '"backoff":"transient"'))).toMatchObject({
      event: { type: "stream.ended" },
    });
    // Those that nobody looks at are not told of.
    expect(has(messages, "beta.")).toBe(false);
    expect(complaints).toEqual([]);
  });

  it("tells everything anew when the inspector is loaded again, and of who is looked at next", async () => {
    const { page, open, panel } = await chartPage({
      registrations: [{ tenantId: "acme", instanceId: "one", connector: echo }, ...others],
    });
    const hosted = await open();
    await heard(hosted, key);
    await hosted.reload();
    await heard(hosted, key);
    await page.locator('.virtual-row[data-name="beta.echo_test.two"]').click();
    await heard(hosted, "beta.echo_test.two");
    const ids = (await received(hosted)).filter(isActor).map(({ sessionId }) => sessionId);
    expect(new Set(ids).size).toBe(ids.length);
    await hosted.close();
    await panel.locator("[role=status]:empty").waitFor({ state: "attached" });
  });

  it("listens to the window that it opened alone, and speaks to its address alone", async () => {
    const { page, open, port, address, panel } = await chartPage();
    const connected = { type: "@statelyai.connected" };
    await page.evaluate((message) => window.postMessage(message, "*"), connected);
    const hosted = await open();
    await heard(hosted, key);
    // The same page at another origin, in the same window: it says that it is there, and is told nothing.
    const arrived = page.evaluate(
      () =>
        new Promise<void>((resolve) =>
          addEventListener("message", ({ data }) => data === "after that" && resolve()),
        ),
    );
    await goTo(hosted, `http://localhost:${port}/`);
    await hosted.evaluate(() => window.opener.postMessage("after that", "*"));
    await arrived;
    expect(await received(hosted)).toEqual([]);
    await goTo(hosted, address);
    await heard(hosted, key);
    expect(await panel.getByRole("status").textContent()).toBe("Connected: it is told of each step.");
  });

  it("says so when the browser blocks the window, and when the window never answers", async () => {
    const { page, open, port, button, panel } = await chartPage();
    await page.evaluate(() => {
      Object.assign(window, { opens_: window.open, open: () => null });
    });
    await button.click();
    expect(await panel.getByRole("status").textContent()).toBe(
      "The browser blocked the window: allow pop-ups for this page.",
    );
    await page.evaluate((to) => {
      Object.assign(window, { open: (window as unknown as { opens_: typeof window.open }).opens_ });
      document.querySelector('meta[name="stately-inspector"]')?.setAttribute("content", to);
    }, `http://127.0.0.1:${port}/receive.js`);
    const silent = await open();
    expect(await panel.getByRole("status").textContent()).toBe("Waiting for it…");
    await silent.close();
    await panel.getByText("The window closed before it answered.").waitFor();
  });
});
