/** `mooring status` and `mooring explain`: ask a running runtime. */

import { askControl } from "../control/client.js";
import { MooringError } from "../errors.js";
import type { RegistrationStatus, RuntimeStatus } from "../index.js";
import { exitCodes } from "./exit-codes.js";

import { clipMiddle, columnsOf, displayWidth } from "./fit.js";
import { foreign, namesInWords, shellWord } from "./foreign-text.js";
import { why, write, writeColoured, writeJson, writeText } from "./lines.js";
import { statusTable } from "./status-table.js";
import { onlyProcess, type Target, whomToAsk } from "./target.js";

/** Throws INVALID_CONFIG with the words of a runtime that refuses. */
export async function ask(target: Target, path: string): Promise<unknown> {
  const answer = await askControl(await whomToAsk(target), path);
  if (answer.status === 200) return answer.body;
  const { error } = answer.body as { error?: string };
  throw new MooringError("INVALID_CONFIG", error ?? `The runtime answered ${answer.status}.`);
}

/** Problems told below the table; with more, `explain` without a key tells them all. */
const mostProblems = 10;

/** How `explain` is asked about a registration of the same process. */
function explainCommand(key: string, { control, pid }: Target): string {
  const target =
    control === undefined ? (pid === undefined ? "" : ` --pid ${pid}`) : ` --control ${shellWord(control)}`;
  return `mooring explain ${shellWord(key)}${target}`;
}

/** A command that no line of the terminal holds could not be copied: the one without a key tells them all. */
function problemLine(one: RegistrationStatus, target: Target): string {
  const what = why(one) || "not ready";
  const command = explainCommand(one.key, target);
  const columns = columnsOf(process.stdout);
  if (displayWidth(command) < columns) return `${what}: ${command}`;
  return `${what}: ${clipMiddle(one.key, columns >> 1)}: mooring explain, without a key`;
}

function problemLines({ registrations }: RuntimeStatus, target: Target): readonly string[] {
  const problems = registrations.filter((one) => !one.ready);
  const lines = problems.slice(0, mostProblems).map((one) => foreign(problemLine(one, target)));
  const left = problems.length - lines.length;
  return left > 0 ? [...lines, `and ${left} more: mooring explain, without a key`] : lines;
}

/** The exit code of whatever has asked a runtime. */
const readyCode = (isReady: boolean): number => (isReady ? exitCodes.done : exitCodes.failed);

/** A key says which process is meant, when several run. */
async function targetOf(key: string | undefined, options: Target): Promise<Target> {
  const isGiven = options.control !== undefined || options.pid !== undefined;
  return isGiven ? options : { pid: await onlyProcess(key) };
}

/** Of one registration alone, with a key. */
function narrowed(status: RuntimeStatus, key: string | undefined): RuntimeStatus {
  if (key === undefined) return status;
  const registrations = status.registrations.filter((one) => one.key === key);
  if (registrations.length > 0)
    return { ...status, registrations, ready: registrations.every(({ ready }) => ready) };
  const known = namesInWords(status.registrations.map((one) => one.key)) || "none";
  throw new MooringError("INVALID_CONFIG", `There is no registration "${key}"; known: ${known}.`);
}

export async function status(
  key: string | undefined,
  options: Target & { readonly json?: boolean },
): Promise<void> {
  // Stays when nobody can be asked.
  process.exitCode = exitCodes.cannotAsk;
  const whole = (await ask(await targetOf(key, options), "/status")) as RuntimeStatus;
  const body = narrowed(whole, key);
  process.exitCode = readyCode(body.ready);
  if (options.json) return writeJson(key === undefined ? body : body.registrations[0]);
  write(
    `${foreign(body.gateway)}: ${body.phase}, ${body.ready ? "ready" : "not ready"}, connections: ${body.channels.length}`,
  );
  // A runtime of an earlier version does not say it.
  const { kind, why: found } = body.transport ?? { why: null };
  if (found !== null) write(foreign(`transport: ${kind ?? "none yet"}, ${found}`));
  const shape = { width: columnsOf(process.stdout), colour: process.stdout.isTTY };
  for (const line of statusTable(body, shape)) writeColoured(line);
  for (const line of problemLines(body, options)) write(line);
}

interface ExplainOptions extends Target {
  /** The whole history. */
  readonly all?: boolean;
}

/** Not ready; or ready just now, after streams that did not last: perhaps somebody else takes them. */
const isWorthTelling = ({ ready, attempt }: RegistrationStatus): boolean => !ready || attempt >= 2;

interface Explanation {
  readonly key: string;
  readonly text: string;
  /** There is something to do for a person. */
  readonly needsAttention: boolean;
}

async function explanations(
  target: Target,
  keys: readonly string[],
  { all }: ExplainOptions,
): Promise<readonly Explanation[]> {
  const told: Explanation[] = [];
  for (const key of keys) {
    const path = `/explain?key=${encodeURIComponent(key)}${all ? "&all=1" : ""}`;
    const { text, needsAttention } = (await ask(target, path)) as Partial<Explanation>;
    told.push({ key, text: String(text), needsAttention: needsAttention === true });
  }
  return told;
}

export async function explain(key: string | undefined, options: ExplainOptions): Promise<void> {
  process.exitCode = exitCodes.cannotAsk;
  const target = await targetOf(key, options);
  const { registrations, ready } = (await ask(target, "/status")) as RuntimeStatus;
  const asked = registrations.filter((one) => (key === undefined ? isWorthTelling(one) : one.key === key));
  // The runtime says of a key that it does not know which ones it knows.
  const keys = key === undefined ? asked.map((one) => one.key) : [key];
  if (registrations.length === 0) write("The runtime has no registrations yet.");
  const told = await explanations(target, keys, options);
  // One that serves is told of when something can be done about it.
  const isReady = (one: string) => registrations.some(({ key: other, ready: is }) => other === one && is);
  const isShown = (one: Explanation) => key !== undefined || !isReady(one.key) || one.needsAttention;
  const shown = told.filter(isShown);
  if (registrations.length > 0 && shown.length === 0) write("Every registration is ready.");
  for (const { text } of shown) writeText(text);
  process.exitCode = readyCode(key === undefined ? ready : asked.every((one) => one.ready));
}
