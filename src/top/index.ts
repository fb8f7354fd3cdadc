/** `mooring top`: how registrations stand, drawn again and again, until somebody quits or the process is gone. */
import { escapedJson } from "../cli/foreign-text.js";
import type { RuntimeStatus } from "../runtime/status.js";
import { troublesOfStatus } from "../troubles/judged-status.js";
import { frameOf, plainLines, type Seen } from "./frame.js";
import { keysIn } from "./keys.js";
import { type Input, type Output, Screen } from "./screen.js";
import { firstView, type Listing, pressed, type View } from "./view.js";

export interface TopDoors {
  /** Rejects when nobody answers. */
  ask(): Promise<RuntimeStatus>;
  /** Of such an error: the process lives, and is silent. */
  isSilent(error: unknown): boolean;
  readonly input: Input;
  readonly output: Output & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface TopOptions {
  readonly intervalMs: number;
  readonly once: boolean;
  readonly json: boolean;
}

/** By no-color.org: set, and not empty. */
const isColoured = ({ output, env }: TopDoors): boolean => output.isTTY === true && !env.NO_COLOR;

const jsonLine = ({ status, at }: Seen): string => {
  const registrations = status.registrations.map((one) => ({ ...one, troubles: troublesOfStatus(one, at) }));
  return `${escapedJson(JSON.stringify({ at, ...status, registrations }))}\n`;
};

async function seenNow(doors: TopDoors): Promise<Seen> {
  return { status: await doors.ask(), at: Date.now() };
}

/** Waits, but not for long after it was given up. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

/** Signals that end it, in order. */
function untilSignal(end: (code: number) => void): () => void {
  const listeners = { SIGINT: () => end(0), SIGTERM: () => end(143), SIGHUP: () => end(129) } as const;
  const names = Object.keys(listeners) as (keyof typeof listeners)[];
  for (const name of names) process.on(name, listeners[name]);
  return () => {
    for (const name of names) process.off(name, listeners[name]);
  };
}

class Live {
  readonly #doors: TopDoors;
  readonly #over = new AbortController();
  readonly #screen: Screen;
  #view: View = firstView;
  #seen: Seen;
  #listing: Listing = { keys: [], page: 1 };
  code = 0;

  constructor(doors: TopDoors, seen: Seen) {
    this.#doors = doors;
    this.#seen = seen;
    this.#screen = new Screen(doors.input, doors.output, {
      pressed: (text) => this.#pressed(text),
      resized: () => this.#draw(),
      lost: () => this.end(129),
    });
  }

  end(code: number): void {
    this.code = code;
    this.#over.abort();
  }

  /** Rejects when the process that is watched is gone. */
  async run(intervalMs: number): Promise<void> {
    const { signal } = this.#over;
    try {
      while (!signal.aborted) {
        this.#draw();
        await pause(intervalMs, signal);
        if (!signal.aborted) await this.#look();
      }
    } finally {
      this.#screen.close();
    }
  }

  async #look(): Promise<void> {
    try {
      this.#seen = await seenNow(this.#doors);
    } catch (error) {
      if (!this.#doors.isSilent(error)) throw error;
      this.#seen = { ...this.#seen, trouble: "THE PROCESS DOES NOT ANSWER" };
    }
  }

  #draw(): void {
    const { lines, listing } = frameOf(this.#seen, this.#view, {
      ...this.#screen.size,
      colour: isColoured(this.#doors),
    });
    this.#listing = listing;
    this.#screen.show(lines);
  }

  #pressed(text: string): void {
    for (const key of keysIn(text)) {
      const next = pressed(this.#view, key, this.#listing);
      if (next === "quit") return this.end(0);
      this.#view = next;
      this.#draw();
    }
  }
}

/** Lines of JSON, one for each look. */
async function tell(doors: TopDoors, { intervalMs }: TopOptions): Promise<number> {
  const over = new AbortController();
  let code = 0;
  const end = (with_: number) => {
    code = with_;
    over.abort();
  };
  const leave = untilSignal(end);
  // Whoever has stopped reading has what they wanted.
  doors.output.on("error", () => end(0));
  try {
    while (!over.signal.aborted) {
      doors.output.write(jsonLine(await seenNow(doors)));
      await pause(intervalMs, over.signal);
    }
  } finally {
    leave();
  }
  return code;
}

/** Resolves with the exit code; rejects when nobody answers, or nobody does any more. */
export async function top(doors: TopDoors, options: TopOptions): Promise<number> {
  const { output } = doors;
  if (options.json && !options.once) return tell(doors, options);
  const seen = await seenNow(doors);
  if (options.json || options.once || !output.isTTY) {
    const columns = output.isTTY ? output.columns || 80 : Number.POSITIVE_INFINITY;
    const lines = options.json
      ? [jsonLine(seen)]
      : plainLines(seen, firstView, { columns, colour: isColoured(doors) }).map((line) => `${line}\n`);
    output.write(lines.join(""));
    return seen.status.ready ? 0 : 1;
  }
  const live = new Live(doors, seen);
  const leave = untilSignal((code) => live.end(code));
  try {
    await live.run(options.intervalMs);
    return live.code;
  } finally {
    leave();
  }
}
