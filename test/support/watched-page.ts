/** A page in a real browser, with what it asked for, complained about and was sent. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { onTestFinished } from "vitest";

export interface WatchedPage {
  readonly page: Page;
  /** Addresses that the page asked for. */
  readonly asked: readonly string[];
  /** What the browser complained about: errors, and what its policy refused. */
  readonly complaints: readonly string[];
  /** What came over streams of events so far. */
  frames(): Promise<readonly string[]>;
}

/** What comes over a stream is written down before the page sees it. */
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

/** It is closed with the test. */
export async function watchedPage(browser: Browser, options: BrowserContextOptions): Promise<WatchedPage> {
  const page = await browser.newPage(options);
  onTestFinished(() => page.close());
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && complaints.push(line.text()));
  await page.addInitScript(recordFrames);
  return {
    page,
    asked,
    complaints,
    frames: () => page.evaluate(() => (window as unknown as { frames_: string[] }).frames_),
  };
}
