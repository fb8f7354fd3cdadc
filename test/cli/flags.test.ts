/** A flag that sets an option has the option's default and range, and names its variable. */
import { describe, expect, it } from "vitest";
import { executeOptions, gatewayOptions } from "../../src/gateway/option-table.js";
import type { Row } from "../../src/options/rows.js";
import { runtimeOptions } from "../../src/runtime/option-table.js";
import { drainOptions, registrationOptions, startOptions } from "../../src/runtime/registration-table.js";
import { runCommand } from "../support/run-command.js";

/** Where the embedded gateway is to be found takes the place of "any free port". */
const port: Row = { ...gatewayOptions.port, default: 50_061 };
const deadline: Row = { ...drainOptions.deadlineMs, default: runtimeOptions.drainDeadlineMs.default };

const flags: readonly (readonly [string, readonly (readonly [string, Row])[]])[] = [
  [
    "run",
    [
      ["--url", runtimeOptions.url],
      ["--tenant", { ...registrationOptions.tenantId, default: undefined }],
      ["--instance", registrationOptions.instanceId],
      ["--start-timeout", startOptions.timeoutMs],
      ["--drain-deadline", deadline],
      ["--workers", runtimeOptions.workers],
    ],
  ],
  [
    "dev",
    [
      ["--host", gatewayOptions.host],
      ["--port", port],
      ["--approval", gatewayOptions.approval],
    ],
  ],
  ["call", [["--timeout", executeOptions.timeoutMs]]],
];

describe.each(flags)("mooring %s", (command, rows) => {
  it("says defaults and variables of its options as their rows do", async () => {
    const { output } = await runCommand([command, "--help"], {});
    const help = output.replace(/\s+/g, " ");
    for (const [flag, row] of rows) {
      const [, said = ""] = new RegExp(`${flag} <(.*?)(?= -{1,2}[a-z]| $)`).exec(help) ?? [];
      const usually = row.default === undefined ? undefined : `(default: ${JSON.stringify(row.default)})`;
      expect([flag, /\(default: [^)]*\)/.exec(said)?.[0]]).toEqual([flag, usually]);
      if (row.environment) expect(said).toContain(row.environment[0]);
    }
  });

  const ranged = rows.flatMap(([flag, { range }]) => (range ? [[flag, range] as const] : []));

  it.each(ranged)("%s takes what its row takes", async (flag, { least, most }) => {
    for (const wrong of [least - 1, most + 1]) {
      const { code, output } = await runCommand([command, `${flag}=${wrong}`, "a.b.c"], {});
      expect([code, output]).toEqual([
        2,
        expect.stringContaining(`a whole number from ${least} to ${most}.`),
      ]);
    }
  });
});
