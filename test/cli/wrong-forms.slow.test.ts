/** A command line of the wrong form ends at once with 2 and a line that says what is expected. */
import { describe, expect, it } from "vitest";
import { runCommand } from "../support/run-command.js";

const keyForm = "Expected TENANT.TYPE.INSTANCE, such as acme.calculator.one.";
const empty = "It is empty, as an unset variable is: give a value, or leave it out.";

describe("mooring, wrongly called", () => {
  it.each([
    [["call", "a.b.c", "{bad"], "The payload must be JSON"],
    [["tokens", "foo"], "must be TENANT.TYPE or TENANT.TYPE.INSTANCE"],
    [["call", "a.b.c", "--timeout", "0"], "Expected a whole number from 1 to 2147483647."],
    [["login", "--timeout", "0"], "Expected a whole number from 1 to 2147483647."],
    [["tokens", "a.b", "--ttl", "0"], "Expected a whole number from 1 to 2147483647."],
    [["approve", ""], empty],
    [["approve", "a"], keyForm],
    [["reject", "../../x"], keyForm],
    [["retry", "{}"], keyForm],
    [["call", "a..c", "{}"], keyForm],
    [["explain", "a.b.c d"], keyForm],
    [["run", ""], empty],
    [["dev", "--state", ""], empty],
    [["dev", "--host", " "], empty],
    [["dev", "--admin-token", ""], empty],
    [["run", "a.ts", "--url", ""], empty],
    [
      ["run", "a.ts", "--inspect", "--workers", "2"],
      "--inspect shows the main thread only: leave out --workers, or ask mooring top",
    ],
    [["run"], 'run needs a module, or --mcp "COMMAND"'],
    [["run", "a.ts", "--type", "x"], "--type goes with --mcp."],
    [["run", "--mcp", "node 'x.mjs"], "--mcp has a ' without its other"],
    [["run", "--mcp", "node x.mjs", "--workers", "2"], "--mcp goes without --workers"],
    [["list", "--gateway", ""], empty],
    [["call", "a.b.c", "--url", "grpc://x"], "This command takes --gateway: the gateway's HTTP API"],
    [["approve", "a.b.c", "--url", "grpc://x"], "This command takes --gateway"],
    [["run", "a.ts", "--gateway", "grpc://x"], "This command takes --url: what connectors dial."],
    [["doctor", "--gateway", "grpc://x"], "This command takes --url: what connectors dial."],
    [["dev", "--port", "0x10"], "Expected a whole number from 0 to 65535."],
    [["dev", "--port", "1e4"], "Expected a whole number from 0 to 65535."],
    [["dev", "--port", " 5 "], "Expected a whole number from 0 to 65535."],
    [["dev", "--port", "+5"], "Expected a whole number from 0 to 65535."],
    [["call", "a.b.c", "--wait", "1e3"], "Expected a whole number from 0 to 2147483647."],
    [["status", "--pid", "0x1"], "Expected a whole number from 1 to 2147483647."],
  ])("%j", async (args, words) => {
    const { code, output } = await runCommand(args, {});
    expect({ code, output }).toEqual({ code: 2, output: expect.stringContaining(words) });
    expect(output).toMatch(/^mooring: .*\n$/);
  });
});
