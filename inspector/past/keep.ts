/** What is shown, for later: a moment as a test on the clipboard. The recording itself is saved by a link. */
import { signal } from "@preact/signals";
import { MomentPicker } from "../../src/recording/moment.js";
import { type Named, namedNow, type Past, past } from "./past-state.js";

/** What came of it, for people. */
export const kept = signal<{ readonly words: string; readonly isGood: boolean } | undefined>(undefined);

/** Lines between two turns of the page. */
const linesAtOnce = 2_000;

async function testOfFile(
  { loaded: { text } }: Past,
  key: string | undefined,
  { at, nth }: Named,
): Promise<string> {
  const picker = new MomentPicker({ key, at, nth });
  let taken = 0;
  for (const line of text.lines()) {
    picker.take(line.text);
    taken += 1;
    if (taken % linesAtOnce === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  return picker.test();
}

/** The server has the whole recording; what the page got of it for looking does not replay. */
async function testOfRuntime(key: string | undefined, to: Named | undefined): Promise<string> {
  const asked = new URLSearchParams({
    ...(key === undefined ? {} : { key }),
    ...(to ? { at: String(to.at) } : {}),
    ...(to?.nth === undefined ? {} : { nth: String(to.nth) }),
  });
  const answer = await fetch(`test?${asked}`);
  if (!answer.ok) throw new Error((await answer.text()).trim());
  return answer.text();
}

function textOf(key: string | undefined): Promise<string> {
  const opened = past.value;
  if (opened?.kind === "file") return testOfFile(opened, key, namedNow());
  return testOfRuntime(key, opened && namedNow());
}

/** Of one registration, or of all. */
export async function copyAsTest(key: string | undefined): Promise<void> {
  kept.value = undefined;
  try {
    const text = await textOf(key);
    await navigator.clipboard.writeText(text);
    const who = key ?? "all registrations";
    kept.value = {
      words: `A test of ${who} is on the clipboard: a file for Vitest, such as outage.test.ts.`,
      isGood: true,
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    kept.value = { words: `No test was copied: ${why}`, isGood: false };
  }
}
