/** A page as it stands, in every theme and width: nothing is cut off, and axe finds nothing that keeps somebody from using it. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

const themes = ["dark", "light"] as const;
/** The narrowest is the last, so that a test goes on where things are hardest to reach. */
const widths = [1400, 900, 600] as const;

/** How a page is opened that is looked at in every way. */
export const narrow = { width: 600, colorScheme: "light" } as const;

/** A theme changes colours, and nothing else: the first is looked at for these alone. */
const rulesIn = {
  dark: { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } },
  light: {},
} as const;

async function serious(page: Page, options: object): Promise<readonly string[]> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(await readFile(axe, "utf8"));
  const found: AxeResults = await page.evaluate(
    `axe.run(${JSON.stringify({ ...options, resultTypes: ["violations"] })})`,
  );
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join(" | ")}`,
    );
}

/** A size is heard of in the next frame, and drawn in the one after it. */
const drawn = (page: Page) =>
  page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

/** `also` holds what else there is to see. With `PAGE_SHOTS=FOLDER` pictures are put there, under the name. */
export async function looksRight(
  page: Page,
  name: string,
  also: (width: number) => Promise<void> = async () => {},
): Promise<void> {
  const { PAGE_SHOTS: folder } = process.env;
  for (const colorScheme of themes)
    for (const width of widths) {
      const look = `${name}-${width}-${colorScheme}`;
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      await drawn(page);
      expect(await overflow(page), look).toBeLessThanOrEqual(0);
      expect(await serious(page, rulesIn[colorScheme]), look).toEqual([]);
      await also(width);
      if (folder) await page.screenshot({ path: join(folder, `${look}.png`) });
    }
}
