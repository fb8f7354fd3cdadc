/** A flag that sets an option has the option's default and range, and names its variable. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { executeOptions, gatewayOptions } from "../../src/gateway/option-table.js";
import type { Row } from "../../src/options/rows.js";
import { runtimeOptions } from "../../src/runtime/option-table.js";
import { drainOptions, registrationOptions, startOptions } from "../../src/runtime/registration-table.js";
import { runCommand, startCommand } from "../support/run-command.js";

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

describe("--control without a path, which is for the inspector's page", () => {
  it.each([["run", "nothing.mjs"], ["demo"]])(
    "is refused by mooring %s without --inspect",
    async (...command) => {
      const { code, output } = await runCommand([...command, "--control"], {});
      expect([code, output]).toEqual([1, expect.stringContaining("give --inspect too")]);
    },
  );

  it("goes with a path for the control socket, and the address of the page says so", async () => {
    const file = new URL("../../examples/calculator.ts", import.meta.url).pathname;
    const socket = join(await mkdtemp(join(tmpdir(), "mooring-control-")), "control.sock");
    const args = ["run", file, "--inspect", "--control", "--control", socket, "--url", "grpc://127.0.0.1:1"];
    const running = startCommand([...args, "--start-timeout", "1"], { TENANT_ID: "acme" });
    const [, url = ""] = await running.says(/inspector: (\S+) \(control is on\)/);
    const { origin, search } = new URL(url);
    expect(await (await fetch(`${origin}/control${search}`)).json()).toMatchObject({ isOn: true });
    expect((await runCommand(["status", "--control", socket, "--json"], {})).output).toContain('"acme.');
    running.child.kill("SIGTERM");
    expect(await running.exited).not.toBe(null);
  });
});
