/** The table of `list`: one line per registration. */

import { clipMiddle, displayWidth, pad } from "./fit.js";
import { printable } from "./foreign-text.js";
import type { Listed } from "./listed.js";

/** What stands beside the key, tools left out, in columns; and what is left of a key at least. */
const otherColumns = 40;
const narrowestKey = 20;

/** `columns` of the terminal; elsewhere infinite, and keys are whole. */
export function registrationTable(registrations: readonly Listed[], columns: number): readonly string[] {
  const room = Math.max(narrowestKey, columns - otherColumns);
  const keys = registrations.map(({ key }) => clipMiddle(printable(key, 1_000), room));
  const width = Math.max(3, ...keys.map(displayWidth));
  const row = (key: string, state: string, connected: string, open: string, tools: string) =>
    `${pad(key, width)}  ${state.padEnd(8)}  ${connected.padEnd(9)}  ${open.padStart(4)}  ${tools}`.trimEnd();
  return [
    row("KEY", "STATE", "CONNECTED", "OPEN", "TOOLS"),
    ...registrations.map(({ state, connected, openExecutes, tools }, i) =>
      row(keys[i] ?? "", state, connected ? "yes" : "no", String(openExecutes), printable(tools.join(" "))),
    ),
  ];
}
