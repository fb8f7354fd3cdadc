import { describe, expect, it } from "vitest";
import { displayWidth, fitted } from "../../src/cli/fit.js";

const terminal = { isTTY: true, columns: 80 } as const;
const command = "mooring explain acme.calculator.a-long-instance-name --control /run/user/1000/control.sock";

const lines = (text: string, columns = 80) => fitted(text, { isTTY: true, columns }).split("\n");

describe("a line for people", () => {
  it("is broken between words at the terminal's width, and what follows hangs", () => {
    const text =
      "  What to do: Check url (STRIKE48_URL), that the gateway runs, and the network between this computer and that one.";
    expect(lines(text)).toEqual([
      "  What to do: Check url (STRIKE48_URL), that the gateway runs, and the network",
      "    between this computer and that one.",
    ]);
    expect(lines(text, 40).every((line) => displayWidth(line) <= 40)).toBe(true);
    expect(
      lines(text, 40)
        .slice(1)
        .every((line) => line.startsWith("    ")),
    ).toBe(true);
  });

  it("hangs after a time of day and after the level of a finding", () => {
    const words = "words ".repeat(20).trim();
    expect(lines(`12:30:00  ${words}`)[1]).toMatch(/^ {10}words/);
    expect(lines(`fail  ${words}`)[1]).toMatch(/^ {6}words/);
    expect(lines(`ok    ${words}`)[1]).toMatch(/^ {6}words/);
  });

  it("is not broken where it is piped", () => {
    const text = "words ".repeat(100);
    for (const isTTY of [false, undefined]) expect(fitted(text, { isTTY, columns: 80 } as never)).toBe(text);
  });

  it.each([0, undefined])("has 80 columns on a terminal that says %s", (columns) => {
    const shown = fitted("words ".repeat(50).trim(), { isTTY: true, columns } as never).split("\n");
    expect(Math.max(...shown.map(displayWidth))).toBeLessThanOrEqual(80);
    expect(shown.length).toBeGreaterThan(3);
  });

  it.each([
    command,
    "npx mooring approve acme.echo.echo-1 --gateway http://127.0.0.1:50062",
    "mooring call 'default.calc.a b' '{\"a\":1}' --tool add",
    "mooring dev --state FOLDER",
    "npm install zod@4.2.0",
    "chmod go-rwx /home/someone/.strike48/keys/acme.calculator.c1.pem",
    "https://gateway.example.com/a/very/long/path?with=a&query=that-goes-on-and-on-and-on-and-on-and-on",
  ])("never breaks what people copy: %s", (copied) => {
    for (const columns of [20, 40, 60, 80, 100])
      for (const text of [`One two three four five six seven, ${copied}`, `Do: ${copied}, or wait.`]) {
        const shown = lines(text, columns);
        expect(shown.filter((line) => line.includes(copied))).toHaveLength(1);
        expect(shown.map((line) => line.trim()).join(" ")).toBe(text);
      }
  });

  it("takes the words after a command for words", () => {
    const text =
      "No runtime of this user can be asked: mooring run FILE serves a socket to ask at; mooring doctor does more, and tells what to mend.";
    expect(lines(text).every((line) => displayWidth(line) <= terminal.columns)).toBe(true);
  });
});
