/** The inspector's page in a real browser, with a live runtime and its gateway behind it. */
import { type RegistrationOptions, type RuntimeOptions, startInspectorServer } from "mooring";
import { startTestBench, type TestBench } from "mooring/testing";
import type { Browser, Page } from "playwright-core";
import { onTestFinished } from "vitest";
import { echo } from "../support/connectors.js";
import { neverMs } from "../support/never.js";
import { type WatchedPage, watchedPage } from "../support/watched-page.js";

export interface Opened extends WatchedPage {
  readonly bench: TestBench;
  /** With the token. */
  readonly url: string;
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
    backoffMs === undefined
      ? {}
      : { backoff: { baseMs: backoffMs, maxMs: backoffMs, jitterMs: 0 }, stableUptimeMs: neverMs };
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
  const watched = await watchedPage(browser, { viewport: { width, height: 900 }, ...scheme });
  const { page } = watched;
  await page.goto(server.url);
  await page.waitForSelector(".fleet-row[data-tone]");
  return {
    ...watched,
    bench,
    url: server.url,
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
