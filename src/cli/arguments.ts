/** How the words of a command line are read: numbers, keys, and nothing that is empty. */
import { type Argument, type Command, InvalidArgumentError, Option } from "commander";

/** Decimal digits only: what else JavaScript takes for a number is a slip. */
export function wholeNumber(least: number, most: number): (text: string) => number;
/** Or the word. */
export function wholeNumber<Word extends string>(
  least: number,
  most: number,
  word: Word,
): (text: string) => number | Word;
export function wholeNumber(least: number, most: number, word?: string) {
  return (text: string): number | string => {
    if (text === word) return word;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    const wanted = `a whole number from ${least} to ${most}.`;
    throw new InvalidArgumentError(`Expected ${word === undefined ? "" : `${word} or `}${wanted}`);
  };
}

/** A registration's key, as it is everywhere. */
export function key(text: string): string {
  const parts = text.split(".");
  if (parts.length === 3 && parts.every((part) => /^[^\s:]+$/.test(part))) return text;
  throw new InvalidArgumentError("Expected TENANT.TYPE.INSTANCE, such as acme.calculator.one.");
}

/** Commander's reader of a value; it gets the value before. */
type Read = (text: string, before: unknown) => unknown;

const refusingEmpty =
  (read: Read = (text) => text): Read =>
  (text, before) => {
    if (text.trim() === "")
      throw new InvalidArgumentError("It is empty, as an unset variable is: give a value, or leave it out.");
    return read(text, before);
  };

/** An option that other commands have: says what it is called here. */
export const calledElse = (flags: string, here: string): Option =>
  new Option(flags).hideHelp().argParser(() => {
    throw new InvalidArgumentError(`This command takes ${here}.`);
  });

const takesValue = (option: Option) => option.required || option.optional;

/** Has every option and argument of the commands refuse an empty value: a default in its stead would be a surprise. */
export function refuseEmpty(program: Command): void {
  for (const command of program.commands) {
    const read: readonly (Option | Argument)[] = [
      ...command.options.filter(takesValue),
      ...command.registeredArguments,
    ];
    for (const one of read) one.argParser(refusingEmpty(one.parseArg as Read | undefined));
  }
}
