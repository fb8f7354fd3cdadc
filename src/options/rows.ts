/**
 * One option, one row: its kind, range, default, unit, the variable of the environment that stands for it, and its
 * sentence. Checks, settings, worker threads and docs/options.md read the row; so nothing else repeats it.
 */
import { highestPort, maxTimerMs } from "../protocol/defaults.js";
import { callable, type Kind, number, onOff, text, texts } from "./kinds.js";

/** What a number may be. */
export interface Range {
  readonly least: number;
  readonly most: number;
  /** What becomes of a fraction; without it a fraction counts as it is. */
  readonly fractions?: "round down" | "round up" | "refuse";
}

/** What a row says beside the kind of its value. */
export interface Facts<Value> {
  /** In full sentences: docs/options.md has them, and the comment of the option in its type. */
  readonly says: string;
  /** What to give, where the kind leaves it open. */
  readonly takes?: string;
  /** Filled in when neither option nor variable is given. */
  readonly default?: Value;
  /** The same in words, where a value does not tell it all, or the user of the option fills it in. */
  readonly usually?: string;
  /** It has no default, and leaving it out is an error. */
  readonly required?: true;
  /** Read when the option is not given, the first that is set. */
  readonly environment?: readonly string[];
  /** What the value counts as, where it is no number and no choice. Throws INVALID_CONFIG that names the field. */
  counts?(field: string, value: Value): Value;
  /** The only values, when there are a few. */
  readonly choices?: readonly Value[];
  /** It does not go to worker threads. A text: it cannot, so it is refused beside `workers`; what to do instead. */
  readonly staysHere?: true | string;
}

export interface Row<Value = unknown> extends Kind<Value>, Facts<Value> {
  readonly unit?: "ms" | "bytes";
  readonly range?: Range;
}

type Requires<Options, Name extends keyof Options> =
  Record<never, never> extends Pick<Options, Name>
    ? { readonly required?: never }
    : { readonly required: true };

/** A row for each option. Options of `Grouped` have options of their own. */
export type Rows<Options, Grouped extends keyof Options = never> = {
  readonly [Name in keyof Options]-?: Name extends Grouped
    ? Rows<NonNullable<Options[Name]>>
    : Row<NonNullable<Options[Name]>> & Requires<Options, Name>;
};

/** The row of an option that must be given. */
export const required = <One extends Row>(one: One) => ({ ...one, required: true as const });

/** A row of any kind. */
export const row = <Value, Given extends Facts<Value>>(kind: Kind<Value>, facts: Given) => ({
  ...kind,
  ...facts,
});

export const textRow = <Given extends Facts<string>>(facts: Given) => row(text, facts);

/** One of a few texts; `allowed` looks which. */
export const choiceRow = <Value extends string, Given extends Omit<Facts<Value>, "choices">>(
  choices: readonly Value[],
  facts: Given,
) => ({ ...row({ ...text, is: (value): value is Value => text.is(value) } as Kind<Value>, facts), choices });

export const textsRow = <Given extends Facts<readonly string[]>>(facts: Given) => row(texts, facts);

export const switchRow = <Given extends Facts<boolean>>(facts: Given) => row(onOff, facts);

export const functionRow = <Given extends Facts<never>>(facts: Given) => row(callable, facts);

/** Any number within its range. */
export const numberRow = <Given extends Facts<number> & { readonly range: Range }>(facts: Given) =>
  row(number, facts);

/** A time that a timer can keep, in ms, of at least `least`. */
export const timeRow = <Given extends Facts<number>>(
  least: number,
  facts: Given,
  fractions?: Range["fractions"],
) => ({
  ...row(number, facts),
  unit: "ms" as const,
  range: { least, most: maxTimerMs, ...(fractions ? { fractions } : {}) },
});

/** More of anything does not fit into a process. */
export const highestCount = 1_000_000;

/** What 32 bits with a sign hold, as HTTP/2 counts. */
export const highestInteger = 2 ** 31 - 1;

/** How many, rounded down. */
export const countRow = <Given extends Facts<number>>(facts: Given) => ({
  ...row(number, facts),
  range: { least: 1, most: highestCount, fractions: "round down" as const },
});

export const bytesRow = <Given extends Facts<number>>(least: number, most: number, facts: Given) => ({
  ...row(number, facts),
  unit: "bytes" as const,
  range: { least, most },
});

/** Of what listens; `startListening` holds it to its range. */
export const portRow = numberRow({
  says: "Port to listen on. 0: any free port.",
  default: 0,
  range: { least: 0, most: highestPort, fractions: "refuse" },
});
