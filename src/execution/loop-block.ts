/** A block of an event loop, and how it is told. */
import type { Blocker, HandlerName } from "./handler-board.js";

export interface LoopBlock {
  readonly ms: number;
  /** Processor time of the process meanwhile, in ms; of the thread, where Node can tell. */
  readonly processorMs: number;
  /** `many turns`: each short. `other`: nothing that the runtime has called by itself. */
  readonly by:
    | Blocker
    | { readonly how: "many turns" }
    /** With the handlers that were under way then. */
    | { readonly how: "other"; readonly underWay: readonly HandlerName[] };
  /** Blocks since the last one told, which came too often to be told each. */
  readonly untold: { readonly times: number; readonly ms: number };
}

/** How many names a sentence holds. */
const mostNames = 5;

/** Whole seconds; at least one, because shorter blocks are none. */
export const inSeconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1_000))} s`;

export const inWords = (name: HandlerName | undefined): string =>
  name ? `the handler \`${name.handler}\` of ${name.registration}` : "a handler";

export function listed(names: readonly HandlerName[]): string {
  const named = names
    .slice(0, mostNames)
    .map(({ handler, registration }) => `\`${handler}\` of ${registration}`);
  const more = names.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Whoever computes uses at least this part of a processor, also on a machine that is overloaded. */
const leastBusy = 0.1;

const wasIdle = ({ ms, processorMs }: LoopBlock): boolean => processorMs < ms * leastBusy;

/** No warning where it may be none of the process's making: it stood still, and nothing of ours is known to have held it. */
export const blockLevel = (block: LoopBlock): "info" | "warn" =>
  (block.by.how === "other" || block.by.how === "many turns") && wasIdle(block) ? "info" : "warn";

function culprit({ by }: LoopBlock): string {
  switch (by.how) {
    case "held":
      return ` by ${inWords(by.name)}`;
    case "ended first":
      return `, perhaps by ${inWords(by.name)} after an await: it was the first to end then`;
    case "many turns":
      return " by many short turns, none of which took a second";
    case "other":
      return by.underWay.length === 0
        ? " by other code of its thread: no handler was under way"
        : `, perhaps by a handler after an await (under way: ${listed(by.underWay)}), or by other code of its thread`;
  }
}

/** One sentence without its full stop. */
export function blockInWords(block: LoopBlock): string {
  const { ms, processorMs, untold } = block;
  const used = `used ${(processorMs / 1_000).toFixed(1)} s of processor time`;
  const idle = wasIdle(block)
    ? `; it ${used}, so it waited for something without giving way, or the process was suspended`
    : "";
  const others =
    untold.times > 0 ? `; before that ${untold.times} more times, ${inSeconds(untold.ms)} in all` : "";
  return `the event loop was blocked for ${inSeconds(ms)}${culprit(block)}${idle}${others}`;
}

/** For a log line. */
export function blockFields({ ms, processorMs, by }: LoopBlock): object {
  const name = "name" in by ? by.name : undefined;
  return { blockedMs: Math.round(ms), processorMs: Math.round(processorMs), ...name };
}
