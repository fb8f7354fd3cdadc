import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { publicStates } from "../../machines/public-states.js";
import { defaultInWords, rowsOf } from "../../scripts/option-tables.js";
import { adviceFor } from "../../src/runtime/advice.js";
import { environmentNames } from "../../src/runtime/environment.js";
import { runtimeOptions } from "../../src/runtime/option-table.js";
import { transportNames } from "../../src/transport/adapters.js";

// Tables are padded by the formatter.
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8").replace(/ +/g, " ");

describe("the README", () => {
  it("says of the options it names what their rows say", () => {
    const rows = new Map(rowsOf(runtimeOptions));
    const named = [...readme.matchAll(/^\| `(\w+)` \| ([^|]*?) ?\| (?:`(\w+)` )?\| /gm)].filter(
      ([, name = ""]) => name in runtimeOptions,
    );
    expect(named.length).toBeGreaterThan(4);
    for (const [, name = "", told, variable] of named) {
      const row = rows.get(name);
      // An option with options of its own has no row.
      if (row) expect([name, told]).toEqual([name, defaultInWords(row)]);
      if (variable) expect(Object.keys(environmentNames)).toContain(variable);
    }
  });

  it("has the public states, and the causes of its troubleshooting are real", () => {
    for (const state of publicStates) expect(readme).toContain(`| \`${state}\` |`);
    const causes = [...readme.matchAll(/`([a-z]+-[a-z-]+)`/g)].map((match) => match[1] ?? "");
    const known = new Set<string>([...Object.keys(adviceFor), ...transportNames]);
    expect(causes.filter((cause) => !known.has(cause) && !["pino-like"].includes(cause))).toEqual([]);
  });
});
