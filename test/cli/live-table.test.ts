import type { RegistrationStatus, Runtime, RuntimeStatus } from "mooring";
import { describe, expect, it, onTestFinished } from "vitest";
import { liveTable } from "../../src/cli/live-table.js";
import { Terminal } from "../support/terminal.js";

type Facts = Partial<Pick<RegistrationStatus, "key" | "state" | "child" | "cause" | "code">>;

const registration = (facts: Facts) => ({
  key: "demo.calculator.calc-1",
  state: "streaming",
  child: "serving",
  ready: true,
  since: 0,
  cause: null,
  code: null,
  nextAction: { what: "goes on serving", at: null },
  counters: { requests_processed: 123_456, requests_failed: 0 },
  ...facts,
});

const trouble: Facts = { state: "backoff", child: "transient", cause: "unreachable", code: "ECONNREFUSED" };

const registrations = [
  registration({}),
  registration({ key: "demo.echo.echo-1", ...trouble }),
  registration({ key: "demo.greeter.newcomer", child: "pendingApproval" }),
  registration({ key: "demo.slow.slow-1", state: "credentialExchange", child: "exchanging" }),
  registration({ key: "a-tenant-of-thirty-characters-1.a-type-of-many-letters.instance-7" }),
];

function drawn(terminal: Terminal, shown: readonly object[] = registrations) {
  // The table asks for these parts of a status only.
  const status = { registrations: shown } as unknown as RuntimeStatus;
  const table = liveTable({ status: () => status } as Runtime, terminal as unknown as NodeJS.WriteStream);
  onTestFinished(() => table.stop());
  return table;
}

const sizes = [
  [60, 20],
  [72, 24],
  [80, 24],
  [81, 12],
  [120, 40],
  [200, 50],
] as const;

describe("the live table", () => {
  it.each(sizes)("keeps the story on a screen of %i × %i", (columns, rows) => {
    const terminal = new Terminal(columns, rows);
    const table = drawn(terminal);
    table.say("the story begins");
    for (let i = 1; i <= 30; i += 1) table.say(`step ${i}`);
    const { screen } = terminal;
    expect(screen.filter((line) => line.startsWith("REGISTRATION"))).toHaveLength(1);
    for (const line of screen) expect(line.length).toBeLessThan(columns);
    for (const part of ["calc-1", "echo-1", "newcomer", "slow-1", "instance-7"])
      expect(screen.filter((line) => line.includes(part))).toHaveLength(1);
    expect(screen.join("\n")).toContain("unreachable");
    expect(screen).toContain("step 30");
    expect([...terminal.gone, ...screen].filter((line) => /^(the story|step)/.test(line))).toEqual([
      "the story begins",
      ...Array.from({ length: 30 }, (_, i) => `step ${i + 1}`),
    ]);
    expect(terminal.gone.join("\n")).not.toContain("REGISTRATION");
  });

  it.each(sizes)("is one table again after the screen becomes %i × %i", (columns, rows) => {
    const terminal = new Terminal(100, 30);
    const table = drawn(terminal);
    for (let i = 1; i <= 40; i += 1) table.say(`step ${i} ${"of many words ".repeat(4).trim()}.`);
    terminal.resize(columns, rows);
    table.say("after");
    const { screen } = terminal;
    expect(screen.filter((line) => line.startsWith("REGISTRATION"))).toHaveLength(1);
    expect(screen.filter((line) => line.includes("echo-1"))).toHaveLength(1);
    expect(screen.findIndex((line) => line.startsWith("REGISTRATION"))).toBeGreaterThan(
      screen.indexOf("after"),
    );
    expect(screen.some((line) => line.startsWith("step 40"))).toBe(true);
    for (const line of screen) expect(line.length).toBeLessThan(columns);
  });

  it("breaks a line of the story between words", () => {
    const terminal = new Terminal(60, 20);
    drawn(terminal).say(`ok    ${"approved, and registered again on its stream ".repeat(3)}`);
    for (const line of terminal.screen) expect(line.length).toBeLessThan(60);
    expect(terminal.screen).toContain("ok    approved, and registered again on its stream");
    expect(terminal.screen).toContain("      approved, and registered again on its stream");
  });

  it("says how many registrations it has no room for", () => {
    const terminal = new Terminal(80, 20);
    const many = Array.from({ length: 200 }, (_, i) => registration({ key: `t.type.instance-${i}` }));
    const table = drawn(terminal, many);
    for (let i = 1; i <= 30; i += 1) table.say(`step ${i}`);
    expect(terminal.screen).toContain("step 30");
    expect(terminal.screen).toContain("step 26");
    expect(terminal.screen.join("\n")).toMatch(/^… and \d+ more$/m);
  });

  it("passes on no commands to the terminal, and gives wide characters their room", () => {
    const terminal = new Terminal(80, 24);
    drawn(terminal, [registration({ key: "t.\x1b[2J‮evil.1" }), registration({ key: "租户.类型.一" })]);
    const [first = "", second = ""] = terminal.screen.filter((line) => line.includes("streaming.serving"));
    expect(first).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(second.indexOf("streaming") + 5).toBe(first.indexOf("streaming"));
  });

  it("is back at its place after a key was pressed", () => {
    const terminal = new Terminal(80, 24);
    const table = drawn(terminal);
    terminal.write("^C");
    table.say("closing");
    expect(terminal.screen.filter((line) => line.startsWith("REGISTRATION"))).toHaveLength(1);
    expect(terminal.screen.join("\n")).not.toContain("^C");
  });
});
