/** `mooring top`: a terminal, keys and a runtime that a test holds in its hands. */
import { EventEmitter } from "node:events";
import { createRuntime, type RuntimeStatus } from "mooring";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type TopOptions, top } from "../../src/top/index.js";
import { keysIn } from "../../src/top/keys.js";
import { echo } from "../support/connectors.js";
import { Terminal } from "../support/terminal.js";
import { eventually } from "../support/until.js";

class Keyboard extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  setRawMode(raw: boolean): void {
    this.isRaw = raw;
  }
  setEncoding(): void {}
  resume(): void {}
  pause(): void {}
  press(...keys: readonly string[]): void {
    for (const key of keys) this.emit("data", key);
  }
}

type Registration = RuntimeStatus["registrations"][number];
type Given = Partial<Registration> & { readonly instance: string };

let template: RuntimeStatus;

beforeEach(async () => {
  const runtime = createRuntime({ env: {} });
  onTestFinished(() => runtime.close());
  runtime.add({ tenantId: "acme", instanceId: "one", connector: echo });
  template = runtime.status();
});

function statusOf(...given: readonly Given[]): RuntimeStatus {
  const [first] = template.registrations;
  if (!first) throw new Error("It was added.");
  const serving = {
    state: "streaming",
    child: "serving",
    ready: true,
    tags: ["ready", "registered"],
  } as const;
  const registrations = given.map(({ instance, ...more }) => ({
    ...first,
    ...serving,
    meaning: "taking requests",
    key: `acme.echo_test.${instance}`,
    signs: { ...first.signs, notServingSince: more.ready === false ? (more.since ?? Date.now()) : null },
    ...more,
  }));
  return { ...template, registrations, ready: registrations.every(({ ready }) => ready) };
}

const failing = {
  state: "backoff",
  child: "transient",
  ready: false,
  tags: ["backingOff"],
  cause: "unreachable",
  code: "ECONNREFUSED",
} as const;

const longAgo = () => Date.now() - 200_000;

const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Runs on a terminal of this size, until a test ends it. */
function running(first: RuntimeStatus, { columns = 100, rows = 16, env = {} } = {}) {
  const terminal = new Terminal(columns, rows);
  const keyboard = new Keyboard();
  let answer: () => Promise<RuntimeStatus> = async () => first;
  let asked = 0;
  const doors = {
    ask: () => {
      asked += 1;
      return answer();
    },
    isSilent: (error: unknown) => error instanceof Error && error.message === "silent",
    input: keyboard,
    output: terminal as never,
    env,
  };
  const options: TopOptions = { intervalMs: 5, once: false, json: false };
  const ended = top(doors, options);
  ended.catch(() => {});
  ends.push(async () => {
    keyboard.press("\x03");
    await ended.catch(() => {});
  });
  const says = (words: string | RegExp) =>
    eventually(() => terminal.screen.some((line) => line.match(words)));
  const rowsShown = () => terminal.screen.flatMap((line) => /acme\.echo_test\.(\S+)/.exec(line)?.[1] ?? []);
  return {
    terminal,
    keyboard,
    ended,
    says,
    rowsShown,
    asked: () => asked,
    answerWith(next: () => Promise<RuntimeStatus>): void {
      answer = next;
    },
  };
}

const asBefore = { 7: true, 25: true, 1049: false };

describe("top", () => {
  it("draws what the runtime says, again and again, trouble first", async () => {
    const { says, terminal, answerWith, rowsShown } = running(statusOf({ instance: "fine" }), {
      columns: 140,
    });
    await says("1 of 1 ready");
    expect(terminal.screen).toContainEqual(
      expect.stringMatching(/acme\.echo_test\.fine {2}streaming\.serving/),
    );
    answerWith(async () =>
      statusOf({ instance: "fine", roundTripMs: 3.14 }, { instance: "lost", ...failing, since: longAgo() }),
    );
    await says("1 of 2 ready");
    expect(rowsShown()).toEqual(["lost", "fine"]);
    expect(terminal.screen.find((line) => line.includes("lost"))).toMatch(
      /backoff\.transient.*unreachable \(ECONNREFUSED\)/,
    );
    expect(terminal.screen.find((line) => line.includes("fine"))).toContain("3.1 ms");
    expect(terminal.screen.join("\n")).toContain("not serving 1");
  });

  it("writes nothing while nothing has changed", async () => {
    const status = statusOf({ instance: "fine", since: Date.now() - 3_600_000 });
    const { says, terminal, asked } = running(status);
    await says("1 of 1 ready");
    const [before, from] = [terminal.writes, asked()];
    await eventually(() => asked() > from + 20);
    // The time of day is the one thing that changes, once a second.
    expect(terminal.writes - before).toBeLessThan(5);
  });

  it("tells an outage by its own age, not by that of the try in it", async () => {
    const [first] = template.registrations;
    if (!first) throw new Error("It was added.");
    const now = Date.now();
    const signs = { ...first.signs, notServingSince: now - 7_200_000 };
    const { says } = running(statusOf({ instance: "lost", ...failing, since: now - 1_000, signs }));
    await says(/lost .* 2 h/);
  });

  it("is sorted, turned round and searched by keys", async () => {
    const status = statusOf(
      { instance: "b", counters: { ...template.registrations[0]?.counters, requests_failed: 7 } as never },
      { instance: "a", since: 1_000 },
      { instance: "c", roundTripMs: 90 },
    );
    const { says, keyboard, rowsShown } = running(status);
    await says("TROUBLES▼");
    keyboard.press("s");
    expect(rowsShown()[0]).toBe("a");
    keyboard.press("s");
    await says("ERRORS▼");
    expect(rowsShown()[0]).toBe("b");
    keyboard.press("s");
    expect(rowsShown()[0]).toBe("c");
    keyboard.press("s", "s", "r");
    await says("REGISTRATION▲");
    expect(rowsShown()).toEqual(["c", "b", "a"]);
    keyboard.press("/", "T", "e", "s", "t", ".", "a");
    await says("/Test.a█");
    expect(rowsShown()).toEqual(["a"]);
    keyboard.press("\x7f", "c", "\r");
    expect(rowsShown()).toEqual(["c"]);
    keyboard.press("\x1b");
    expect(rowsShown()).toEqual(["c", "b", "a"]);
  });

  it("tells more of the one that is chosen, and scrolls to it", async () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ instance: `i${String(i).padStart(2, "0")}` }));
    const { says, keyboard, terminal, rowsShown } = running(
      statusOf(...many, { instance: "lost", ...failing }),
    );
    await says("of 31 ");
    keyboard.press("\x1b[B");
    await says(/^acme\.echo_test\.lost: taking requests\. Next:/);
    keyboard.press("\x1b[F");
    expect(rowsShown().at(-2)).toBe("i29");
    keyboard.press("\x1b[5~", "\x1b[A");
    expect(terminal.screen).toHaveLength(16);
    keyboard.press("?");
    await says("Any key leads back");
    keyboard.press("x");
    await says("of 31 ");
  });

  it.each([[200], [100], [80], [60], [40], [24], [10], [1]])("fits into %i columns", async (columns) => {
    const status = statusOf(
      { instance: "a-very-long-name-that-nobody-would-give-a-registration-but-somebody-does", ...failing },
      { instance: "fine", detail: "\x1b[31mred\u202e" },
    );
    const { terminal, keyboard } = running(status, { columns, rows: 8 });
    await eventually(() => terminal.screen.length === 8);
    keyboard.press("\x1b[B", "/", "x");
    expect(terminal.gone).toEqual([]);
    for (const line of terminal.screen) expect(line.length).toBeLessThanOrEqual(columns);
  });

  it("is drawn anew when the terminal has another size", async () => {
    const { terminal, says } = running(statusOf({ instance: "fine" }), { columns: 120 });
    await says("q quit");
    terminal.resize(50, 9);
    expect(terminal.screen).toHaveLength(9);
    await says(/^acme/);
    for (const line of terminal.screen) expect(line.length).toBeLessThanOrEqual(50);
  });

  it.each([
    ["q", 0, (keyboard: Keyboard) => keyboard.press("q")],
    ["Ctrl-C", 0, (keyboard: Keyboard) => keyboard.press("\x03")],
    ["Ctrl-C while searching", 0, (keyboard: Keyboard) => keyboard.press("/", "a", "\x03")],
    ["SIGTERM", 143, () => process.emit("SIGTERM")],
  ] as const)("gives the terminal back at %s", async (_, code, end) => {
    const { terminal, keyboard, says, ended } = running(statusOf({ instance: "fine" }));
    await says("q quit");
    expect(keyboard.isRaw).toBe(true);
    expect(Object.fromEntries(terminal.modes)).toEqual({ 7: false, 25: false, 1049: true });
    end(keyboard);
    expect(await ended).toBe(code);
    expect(keyboard.isRaw).toBe(false);
    expect(Object.fromEntries(terminal.modes)).toEqual(asBefore);
    expect(keyboard.listenerCount("data") + terminal.listenerCount("resize")).toBe(0);
  });

  it("says so while the process is silent, and goes on when it answers", async () => {
    const { answerWith, says } = running(statusOf({ instance: "fine" }));
    await says("1 of 1 ready");
    answerWith(() => Promise.reject(new Error("silent")));
    await says("THE PROCESS DOES NOT ANSWER");
    answerWith(async () => statusOf({ instance: "fine" }, { instance: "more" }));
    await says("2 of 2 ready");
  });

  it("gives the terminal back when the process is gone, and says why", async () => {
    const { terminal, answerWith, says, ended } = running(statusOf({ instance: "fine" }));
    await says("1 of 1 ready");
    answerWith(() => Promise.reject(new Error("gone")));
    await expect(ended).rejects.toThrow("gone");
    expect(Object.fromEntries(terminal.modes)).toEqual(asBefore);
  });

  it("has no colours with NO_COLOR", async () => {
    const written = async (env: Record<string, string>) => {
      const { terminal, says, keyboard, ended } = running(statusOf({ instance: "fine" }), { env });
      let text = "";
      const write = terminal.write.bind(terminal);
      terminal.write = (piece) => {
        text += piece;
        return write(piece);
      };
      await says("1 of 1 ready");
      terminal.emit("resize");
      keyboard.press("q");
      await ended;
      return text;
    };
    expect(await written({})).toContain("\x1b[32m");
    expect(await written({ NO_COLOR: "1" })).not.toContain("\x1b[3");
  });
});

it("keys come in pieces and in heaps", () => {
  expect(keysIn("a\x1b[Aé\x1b")).toEqual(["a", "up", "é", "escape"]);
  expect(keysIn("\x1b[200~\x00\x07")).toEqual([]);
  expect(keysIn("\x1bOB\r\x7f")).toEqual(["down", "enter", "backspace"]);
});
