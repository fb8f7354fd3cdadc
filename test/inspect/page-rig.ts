/** The inspector's page in a real browser, with a live runtime and its gateway behind it. */
import { type RegistrationOptions, type RuntimeOptions, startInspectorServer } from "mooring";
import { startTestBench, type TestBench } from "mooring/testing";
import type { Browser, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";

export interface Opened {
  readonly page: Page;
  readonly bench: TestBench;
  /** With the token. */
  readonly url: string;
  /** Addresses that the page asked for. */
  readonly asked: readonly string[];
  /** What the browser complained about: errors, and what its policy refused. */
  readonly complaints: readonly string[];
  /** What came over the feed so far. */
  frames(): Promise<readonly string[]>;
  /** Waits until the page shows a state as active. */
  active(state: string): Promise<void>;
}

export interface Look {
  readonly registrations?: readonly RegistrationOptions[];
  readonly width?: number;
  readonly colorScheme?: "light" | "dark";
  readonly reducedMotion?: "reduce";
  readonly approval?: "manual" | "automatic";
  /** The wait after a loss. */
  readonly backoffMs?: number;
  /** Whether the page may do more than watch. */
  readonly control?: boolean;
  /** Of the runtime. */
  readonly runtime?: Omit<RuntimeOptions, "url">;
}

export const key = "acme.echo_test.one";
const one: RegistrationOptions = { tenantId: "acme", instanceId: "one", connector: echo };

/** What comes over the feed is written down before the page sees it. */
function recordFrames(): void {
  const frames: string[] = [];
  Object.assign(window, { frames_: frames });
  const Original = EventSource;
  window.EventSource = class extends Original {
    constructor(address: string | URL) {
      super(address);
      this.addEventListener("message", ({ data }) => frames.push(String(data)));
    }
  };
}

export async function openPage(browser: Browser, look: Look = {}): Promise<Opened> {
  const {
    registrations = [one],
    width = 1400,
    approval = "automatic",
    backoffMs,
    control = false,
    runtime: options = {},
    ...scheme
  } = look;
  const backoff =
    backoffMs === undefined ? {} : { backoff: { baseMs: backoffMs, maxMs: backoffMs, jitterMs: 0 } };
  const bench = await startTestBench({
    registrations,
    gateway: { approval },
    runtime: { inspect: true, ...backoff, ...options },
  });
  onTestFinished(() => bench[Symbol.asyncDispose]());
  const { runtime } = bench;
  const server = await startInspectorServer({
    feed: runtime.inspection,
    status: () => runtime.status(),
    recording: () => runtime.recording(),
    ...(control ? { control: runtime } : {}),
  });
  onTestFinished(() => server.close());
  const page = await browser.newPage({ viewport: { width, height: 900 }, ...scheme });
  onTestFinished(() => page.close());
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && complaints.push(line.text()));
  await page.addInitScript(recordFrames);
  await page.goto(server.url);
  await page.waitForSelector(".fleet-row[data-tone]");
  return {
    page,
    bench,
    url: server.url,
    asked,
    complaints,
    frames: () => page.evaluate(() => (window as unknown as { frames_: string[] }).frames_),
    active: async (state) => {
      await page.waitForSelector(`.state.active[data-state="registration.connection.${state}"]`);
    },
  };
}

/** The lines of "Last events", the newest first: what came, and where it led. */
export const lastEvents = (page: Page): Promise<readonly string[]> =>
  page
    .locator(".event")
    .evaluateAll((lines) =>
      lines.map((line) =>
        [".event-name", ".event-state"].map((part) => line.querySelector(part)?.textContent ?? "").join(": "),
      ),
    );
