import { describe, expect, it } from "vitest";
import { approvingCommand, approvingNotes } from "../../src/cli/approving-command.js";
import { registrationTable } from "../../src/cli/registration-table.js";

describe("the command to approve with", () => {
  it.each([
    ["127.0.0.1", "http://127.0.0.1:9", " --gateway http://127.0.0.1:9"],
    ["0.0.0.0", "http://0.0.0.0:9", " --gateway http://127.0.0.1:9"],
    ["::", "http://[::]:9", " --gateway http://[::1]:9"],
    ["0.0.0.0", "https://0.0.0.0:9", " --gateway https://127.0.0.1:9"],
    ["10.1.2.3", "https://10.1.2.3:9", " --gateway https://10.1.2.3:9"],
    ["10.1.2.3", "http://10.1.2.3:9", " --gateway URL"],
    ["127.0.0.1", "http://127.0.0.1:50061", ""],
    ["0.0.0.0", "http://0.0.0.0:50061", ""],
  ])("works on this machine for the host %s at %s", (host, httpUrl, option) => {
    const gateway = { port: Number(new URL(httpUrl).port), httpUrl };
    expect(approvingCommand(gateway, { host }, false)("a.b.c")).toBe(`npx mooring approve a.b.c${option}`);
    const notes = approvingNotes(gateway, { host }, false).join();
    expect(notes.includes("loopback only")).toBe(option.endsWith("URL"));
  });

  it("names the token that it needs, without the token", () => {
    const gateway = { port: 9, httpUrl: "http://0.0.0.0:9" };
    expect(approvingCommand(gateway, { host: "0.0.0.0" }, true)("a.b.c")).toMatch(
      /^MOORING_ADMIN_TOKEN=… npx mooring approve a\.b\.c /,
    );
    expect(approvingNotes(gateway, { host: "0.0.0.0" }, true)).toEqual([
      "MOORING_ADMIN_TOKEN is the token of --admin-token",
    ]);
  });
});

describe("the table of list", () => {
  const key = `acme.calculator.${"x".repeat(100)}-end`;
  const one = {
    key,
    arn: "",
    state: "pending",
    connected: true,
    approvalAsked: null,
    displayName: "",
    tools: [],
    openExecutes: 0,
  } as const;

  it("shortens long keys in the middle on a terminal, and nowhere else", () => {
    const [, line = ""] = registrationTable([one], 80);
    expect(line).toMatch(/^acme\.calcu.*….*-end {2}pending {3}yes {11}0$/);
    expect(line.length).toBeLessThanOrEqual(80);
    expect(registrationTable([one], Number.POSITIVE_INFINITY)[1]).toContain(key);
  });
});
