/** What `mooring run` tells of itself on stdout: lines for people on a terminal, JSON elsewhere. */
import type { DrainReport, Runtime, StartReport, StateChange } from "../index.js";
import { fitted } from "./fit.js";
import { escapedJson, foreign, shellWord } from "./foreign-text.js";
import { statePath, timeOfDay, why } from "./lines.js";

/** The levels of these lines, as in the log. */
const levels = { info: 30, warn: 40 } as const;

const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? "" : "s"}`;

function drained(report: DrainReport): string {
  const { finished, handedBack, cancelled, lost, forced } = report;
  const ids = lost.length > 0 ? ` (${lost.slice(0, 5).join(", ")}${lost.length > 5 ? ", …" : ""})` : "";
  const parts = [
    `${count(finished, "request")} finished`,
    `${handedBack} handed back`,
    `${cancelled} cancelled`,
    `${count(lost.length, "result")} unconfirmed${ids}`,
  ];
  return `${forced ? "drained, but not in time" : "drained"}: ${parts.join(", ")}`;
}

/** The width of a time of day and the gap after it. */
const indent = "          ";

type Output = Pick<NodeJS.WriteStream, "isTTY" | "columns" | "write">;

interface StoryOptions {
  /** JSON on a terminal too. */
  readonly json?: boolean;
  /** Where `mooring explain` asks, when it cannot find that by itself. */
  readonly control?: string;
}

export class RunStory {
  readonly #output: Output;
  readonly #isJson: boolean;
  /** What follows the key in the command that explains it. */
  readonly #target: string;

  constructor(output: Output, { json, control }: StoryOptions) {
    this.#output = output;
    this.#isJson = json === true || output.isTTY !== true;
    this.#target = control === undefined ? "" : ` --control ${shellWord(control)}`;
  }

  say(line: string, fields: object = {}): void {
    this.#tell(Date.now(), line, fields);
  }

  warn(line: string): void {
    this.#tell(Date.now(), line, {}, "warn");
  }

  /** One line per change, until the runtime has closed; people are spared what repeats. */
  async tellChanges(runtime: Runtime): Promise<void> {
    for await (const change of runtime.changes({ fold: !this.#isJson })) this.#change(change);
  }

  #change(change: StateChange): void {
    const { key, from, to, cause, code, at, status, times } = change;
    const isTrouble = status.tags.includes("backingOff") || status.state === "parked";
    const explain = isTrouble || status.tags.includes("waitsForPerson") ? this.#explain(key) : "";
    const isMove = status.state === "connecting" || status.state === "awaitingRegister";
    const words = [
      key,
      statePath(status),
      isMove ? "" : this.#reason(change),
      times > 1 ? `${times} times` : "",
      explain,
    ].filter((word) => word !== "");
    this.#tell(at, words.join("  "), { registration: key, from, to, cause, code });
  }

  /** The cause; to people also the first sentence of its detail. */
  #reason(change: StateChange): string {
    const [first] =
      this.#isJson || change.cause === null ? [] : (change.status.detail?.split(/\.(?: |$)/) ?? []);
    return `${why(change)}${first ? `: ${first}` : ""}`;
  }

  /** While it starts, to whoever wonders why nothing happens. */
  waiting(runtime: Runtime): void {
    const { gateway, registrations } = runtime.status();
    const open = registrations.filter((one) => !one.ready && !one.tags.includes("waitsForPerson"));
    const [first] = open;
    if (!first) return;
    const others = open.length > 1 ? ` and ${open.length - 1} more` : "";
    this.say(
      `waiting for the gateway at ${gateway}: ${first.key}${others}: ${why(first) || statePath(first)}  ${this.#explain(first.key)}`,
      { gateway, registration: first.key, cause: first.cause, code: first.code },
    );
  }

  started(report: StartReport): void {
    for (const { explanation, key, cause, code } of report.failing)
      this.say(explanation, { registration: key, cause, code });
    const { ready, pendingApproval, failing } = report;
    this.say(
      `${ready.length} ready, ${pendingApproval.length} waiting for approval, ${failing.length} not connected`,
    );
  }

  drained(report: DrainReport): void {
    this.say(drained(report), report);
  }

  #explain(key: string): string {
    return `mooring explain ${shellWord(key)}${this.#target}`;
  }

  #tell(at: number, line: string, fields: object, level: keyof typeof levels = "info"): void {
    if (this.#isJson) {
      this.#output.write(
        `${escapedJson(JSON.stringify({ level: levels[level], time: at, ...fields, msg: line }))}\n`,
      );
      return;
    }
    const [first = "", ...more] = line.split("\n").map(foreign);
    const lines = more.map((one) => fitted(indent + one, this.#output));
    const begin = fitted(`${timeOfDay(at)}  ${first}`, this.#output, indent);
    this.#output.write(`${[begin, ...lines].join("\n")}\n`);
  }
}
