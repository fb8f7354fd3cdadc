/**
 * Reads the text of a recording. Every line is looked at before anything is replayed; an error names line and field.
 * Browsers run it, too.
 */
import type { StateValue } from "xstate";
import { MooringError } from "../errors.js";
import { isObject } from "../is-object.js";
import { isTooDeep, maxValueDepth } from "../protocol/json-depth.js";
import type { RecordedActor, ReplayedActor, Standpoint } from "./entry.js";
import { type CheckpointLine, formatName, formatVersion, type Header, type StepLine } from "./format.js";
import { type ChartName, type HostName, isHost, keeps } from "./settings.js";

type Data = Readonly<Record<string, unknown>>;

/** A checkpoint or a step, with the actor that it is of. */
export type RecordedLine = { readonly line: number; readonly actor: RecordedActor } & (
  | { readonly kind: "checkpoint"; readonly at: number; readonly checkpoint: CheckpointLine["checkpoint"] }
  | ({ readonly kind: "step" } & Omit<StepLine, "actor">)
);

/** One that can be run again. */
export type ReplayedLine = RecordedLine & { readonly actor: ReplayedActor };

export const isReplayed = (line: RecordedLine): line is ReplayedLine => !isHost(line.actor.chart);

export interface Recording {
  readonly header: Header;
  /** In the order in which they happened; what stood still is at the end. */
  readonly lines: readonly RecordedLine[];
  readonly actors: ReadonlyMap<number, RecordedActor>;
  /** Line by line, as they were read; the first has number 1. */
  readonly text: readonly string[];
}

const broken = (line: number, what: string): MooringError =>
  new MooringError("DESERIALIZATION_ERROR", `The recording cannot be read: line ${line} ${what}`);

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** What a field must be. */
interface Form<Value> {
  readonly wanted: string;
  readonly is: (value: unknown) => value is Value;
}

const form = <Value>(wanted: string, is: (value: unknown) => boolean): Form<Value> => ({
  wanted,
  is: (value): value is Value => is(value),
});

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isText = (value: unknown): value is string => typeof value === "string";
const isData = (value: unknown): value is Data => isObject(value) && !Array.isArray(value);
const isState = (value: unknown): boolean =>
  isText(value) || (isData(value) && Object.keys(value).length > 0 && Object.values(value).every(isState));
const isListOf = (is: (value: unknown) => boolean) => (value: unknown) =>
  Array.isArray(value) && value.every(is);
const isEvent = (value: unknown): boolean => isData(value) && isText(value.type);
const isOutput = (value: unknown): boolean =>
  isData(value) &&
  ((isText(value.to) && isEvent(value.event)) ||
    isText(value.starts) ||
    isText(value.stops) ||
    isEvent(value.emits));

const oneOf = <Value extends string>(...values: readonly Value[]): Form<Value> =>
  form(`one of ${values.join(", ")}`, (value) => values.some((one) => one === value));

const count = form<number>("a whole number, 0 or more", isCount);
/** What a `Date` takes. */
const latest = 8.64e15;
const time = form<number>(
  "a time in ms since 1970",
  (value) => typeof value === "number" && value >= 0 && value <= latest,
);
const counts = form<readonly number[]>("a list of whole numbers", isListOf(isCount));
const text = form<string>("a text", isText);
const data = form<Data>("an object", isData);
const chart = oneOf<ChartName | HostName>(
  "registration",
  "credentials",
  "liveness",
  "partition",
  "supervisor",
);
const status = oneOf<Standpoint["status"]>("active", "done", "error", "stopped");
const state = form<StateValue>("a state: a text, or an object of states", isState);
const texts = form<readonly string[]>("a list of texts", isListOf(isText));
const event = form<StepLine["event"]>("an event: an object with a text as type", isEvent);
const outputs = form<NonNullable<StepLine["sent"]>>(
  "a list of objects with to and event, starts, stops or emits",
  isListOf(isOutput),
);
const isAsked = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && isText(value[0]) && typeof value[1] === "boolean";
const asked = form<NonNullable<StepLine["asked"]>>(
  "a list of pairs: a guard's name, and true or false",
  isListOf(isAsked),
);
const numbers = form<readonly number[]>(
  "a list of numbers",
  isListOf((value) => typeof value === "number"),
);
const orNull = <Value>({ wanted, is }: Form<Value>): Form<Value | null> =>
  form(`${wanted}, or null`, (value) => value === null || is(value));

/** The fields of one line. */
class Fields {
  readonly #line: number;
  readonly #values: Data;
  readonly #path: string;

  constructor(line: number, values: Data, path = "") {
    this.#line = line;
    this.#values = values;
    this.#path = path;
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  get<Value>(name: string, { wanted, is }: Form<Value>): Value {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    if (is(value)) return value;
    throw broken(
      this.#line,
      `has no usable "${this.#path}${name}": it must be ${wanted}; got ${shown(value)}.`,
    );
  }

  maybe<Value, Name extends string>(name: Name, wanted: Form<Value>): { readonly [key in Name]?: Value } {
    if (!this.has(name)) return {};
    return { [name]: this.get(name, wanted) } as { readonly [key in Name]?: Value };
  }

  below(name: string): Fields {
    return new Fields(this.#line, this.get(name, data), `${this.#path}${name}.`);
  }
}

const utf8 = new TextEncoder();

function dataOf(line: number, raw: string): Data {
  // Each level takes a character.
  if (raw.length > maxValueDepth && isTooDeep(utf8.encode(raw), maxValueDepth))
    throw broken(line, "is nested too deeply: no Mooring has written it.");
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch {
    throw broken(
      line,
      line === 1
        ? "is not JSON: this is no recording of Mooring."
        : "is not JSON: it was changed, or the file was cut off. Take the line away.",
    );
  }
  if (isData(value)) return value;
  throw broken(line, `must be a JSON object; got ${shown(value)}.`);
}

/** Of the first line. Throws DESERIALIZATION_ERROR that names the field. */
export function readHeader(raw: string): Header {
  if (raw.trim() === "") throw broken(1, "is empty: the first line of a recording is its header.");
  const fields = new Fields(1, dataOf(1, raw));
  if (!fields.has("format") || fields.get("format", text) !== formatName)
    throw broken(1, `must say "format": "${formatName}": this is no recording of Mooring.`);
  const version = fields.get("version", count);
  if (version !== formatVersion)
    throw broken(
      1,
      `says "version": ${version}, and this Mooring reads ${formatVersion}: take the Mooring that wrote it.`,
    );
  const versions = fields.below("charts");
  return {
    format: formatName,
    version: formatVersion,
    mooring: fields.get("mooring", text),
    charts: {
      registration: versions.get("registration", text),
      credentials: versions.get("credentials", text),
      liveness: versions.get("liveness", text),
    },
    startedAt: fields.get("startedAt", time),
    writtenAt: fields.get("writtenAt", time),
    occasion: fields.get("occasion", oneOf("asked", "fault")),
    keep: fields.get("keep", oneOf(...keeps)),
    dropped: fields.get("dropped", count),
    faultAt: fields.get("faultAt", orNull(time)),
    ...fields.maybe("workers", count),
    ...fields.maybe("missing", counts),
  };
}

/** Reads the lines after the header, one after the other, and hands on those that something happened in. */
export class LineReader {
  readonly actors = new Map<number, RecordedActor>();
  readonly #policies = new Map<number, Data>();
  readonly #begun = new Set<number>();
  readonly #handOn: (line: RecordedLine) => void;

  constructor(handOn: (line: RecordedLine) => void) {
    this.#handOn = handOn;
  }

  /** Throws DESERIALIZATION_ERROR that names the line and the field. */
  take(line: number, raw: string): void {
    const fields = new Fields(line, dataOf(line, raw));
    if (fields.has("policy")) {
      this.#policies.set(fields.get("policy", count), fields.get("values", data));
    } else if (fields.has("chart")) {
      const number = fields.get("actor", count);
      if (this.actors.has(number))
        throw broken(line, `names "actor": ${number} again: each has one such line.`);
      this.actors.set(number, {
        number,
        chart: fields.get("chart", chart),
        key: fields.get("key", text),
        parent: fields.get("parent", orNull(count)),
        ...fields.maybe("worker", count),
      });
    } else this.#takeStep(line, fields);
  }

  #takeStep(line: number, fields: Fields): void {
    const number = fields.get("actor", count);
    const actor = this.actors.get(number);
    if (!actor) throw broken(line, `is of "actor": ${number}, which no line before has named.`);
    const at = fields.get("at", time);
    const isFirst = !this.#begun.has(number);
    this.#begun.add(number);
    if (fields.has("checkpoint")) {
      if (!isFirst) throw broken(line, `has a "checkpoint" of actor ${number}, which has begun before.`);
      const checkpoint = this.#checkpoint(line, fields.below("checkpoint"));
      this.#handOn({ kind: "checkpoint", line, actor, at, checkpoint });
      return;
    }
    const taken = fields.get("event", event);
    if (isFirst !== (taken.type === "xstate.init"))
      throw broken(line, `has no usable "event": an actor begins with xstate.init or a checkpoint, once.`);
    this.#handOn({
      kind: "step",
      line,
      actor,
      at,
      event: "input" in taken ? Object.assign(taken, { input: this.#input(line, taken.input) }) : taken,
      state: fields.get("state", state),
      ...this.#context(line, fields),
      ...fields.maybe("status", status),
      ...fields.maybe("sent", outputs),
      ...fields.maybe("random", numbers),
      ...fields.maybe("taken", texts),
      ...fields.maybe("asked", asked),
    });
  }

  #checkpoint(line: number, fields: Fields): CheckpointLine["checkpoint"] {
    const history = fields.below("history");
    const ids = Object.keys(fields.get("history", data));
    return {
      status: fields.get("status", status),
      state: fields.get("state", state),
      context: this.#withPolicy(line, fields.get("context", data), "checkpoint.context.policy"),
      children: fields.get("children", texts),
      history: Object.fromEntries(ids.map((id) => [id, history.get(id, texts)])),
    };
  }

  #context(line: number, fields: Fields): Pick<StepLine, "context"> {
    if (!fields.has("context")) return {};
    return { context: this.#withPolicy(line, fields.get("context", data), "context.policy") };
  }

  #input(line: number, input: unknown): unknown {
    return isData(input) ? this.#withPolicy(line, input, "event.input.policy") : input;
  }

  #withPolicy(line: number, values: Data, field: string): Data {
    if (!Object.hasOwn(values, "policy")) return values;
    const policy = isCount(values.policy) ? this.#policies.get(Number(values.policy)) : undefined;
    if (policy) return { ...values, policy };
    throw broken(
      line,
      `has no usable "${field}": it must be the number of a policy in a line before; got ${shown(values.policy)}.`,
    );
  }
}

/** Throws DESERIALIZATION_ERROR that names the line and the field. */
export function readRecording(whole: string): Recording {
  const lines = whole.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  const [first = ""] = lines;
  const header = readHeader(first);
  const read: RecordedLine[] = [];
  const reader = new LineReader((line) => read.push(line));
  for (const [index, raw] of lines.entries()) if (index > 0 && raw.trim() !== "") reader.take(index + 1, raw);
  return { header, lines: read, actors: reader.actors, text: lines };
}
