/** The calls that were made from this page, newest first. They are kept for as long as the page is open. */
import { signal } from "@preact/signals";
import { type Action, ask, execute } from "../ask.js";

export interface CallBody {
  readonly payload: unknown;
  readonly capabilityId?: string;
  readonly context?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Call {
  readonly number: number;
  readonly key: string;
  readonly at: number;
  readonly body: CallBody;
  readonly outcome: "running" | "answered" | "failed";
  readonly payload: unknown;
  readonly error: string;
  /** In the handler, as the connector says; undefined when it has not answered. */
  readonly handlerMs: number | undefined;
  /** There and back. */
  readonly tookMs: number | undefined;
}

export const calls = signal<readonly Call[]>([]);
const mostKept = 100;
const running = new Map<number, AbortController>();
let count = 0;

export const actionOf = ({ key, body }: Pick<Call, "key" | "body">): Action => execute(key, body);

function change(number: number, news: Partial<Call>): void {
  calls.value = calls.value.map((call) => (call.number === number ? { ...call, ...news } : call));
}

interface Executed {
  readonly success: boolean;
  readonly error: string;
  readonly durationMs: number;
  readonly payload: unknown;
}

export async function run(key: string, body: CallBody): Promise<void> {
  count += 1;
  const number = count;
  const given = new AbortController();
  running.set(number, given);
  const nothing = { payload: undefined, error: "", handlerMs: undefined, tookMs: undefined };
  const call: Call = { number, key, at: Date.now(), body, outcome: "running", ...nothing };
  calls.value = [call, ...calls.value].slice(0, mostKept);
  const begun = performance.now();
  const answer = await ask(actionOf(call), given.signal);
  running.delete(number);
  const tookMs = performance.now() - begun;
  if (!answer.isDone) return change(number, { outcome: "failed", error: answer.words, tookMs });
  const { success, error, durationMs, payload } = answer.body as Executed;
  change(number, {
    outcome: success ? "answered" : "failed",
    error,
    payload,
    handlerMs: durationMs,
    tookMs,
  });
}

/** Nobody waits for its answer any more, and the gateway takes it back. */
export const takeBack = (number: number): void => running.get(number)?.abort();
