/** A key that a gateway does not know yet: what waits there now, and some patience for a connector that was just started. */

import { setTimeout as pause } from "node:timers/promises";
import { MooringError } from "../errors.js";
import { exitCodes } from "./exit-codes.js";
import { printable, shellWord } from "./foreign-text.js";
import { Refusal } from "./gateway-api.js";
import { complain } from "./lines.js";
import type { Listed } from "./listed.js";
import type { GatewayOption } from "./sign-in-tools.js";

/** Between two looks, in ms. */
const lookMs = 200;

/** How many waiting ones are named. */
const mostNamed = 10;

export interface Patience extends GatewayOption {
  /** How long to wait for the registration, in ms; 0 not at all. */
  readonly wait: number;
}

const isUnknown = (error: unknown): error is Refusal => error instanceof Refusal && error.status === 404;

function waitingNow(registrations: readonly Listed[]): string {
  const keys = registrations.filter((one) => one.approvalAsked !== null).map(({ key }) => printable(key));
  if (keys.length === 0) return "No connector waits for approval there now.";
  const more = keys.length > mostNamed ? ` and ${keys.length - mostNamed} more` : "";
  return `Waiting for approval there now: ${keys.slice(0, mostNamed).join(", ")}${more}.`;
}

/** The end of a sentence, with the key that the gateway takes for the one that was meant. */
const likely = ({ said }: Refusal): string => {
  const meant = /did you mean ".*"\?/.exec(said)?.[0];
  return meant === undefined ? "." : `; ${meant}`;
};

function neverCame(
  key: string,
  { gateway }: Patience,
  registrations: readonly Listed[],
  refusal: Refusal,
): MooringError {
  const list = `mooring list${gateway === undefined ? "" : ` --gateway ${shellWord(gateway)}`}`;
  const why =
    refusal.hint || "It may not have connected yet: look whether it runs and which gateway it dials.";
  return new MooringError(
    "INVALID_CONFIG",
    `No connector with the key ${printable(key)} has registered at this gateway${likely(refusal)} ${waitingNow(registrations)} ${why} What the gateway knows: ${list}`,
  );
}

function waitingFor(
  key: string,
  { wait }: Patience,
  registrations: readonly Listed[],
  refusal: Refusal,
): string {
  const why = refusal.hint ? `${refusal.hint} ` : "";
  return `${printable(key)} has not registered at this gateway yet${likely(refusal)} ${waitingNow(registrations)} ${why}Waiting ${wait / 1_000} s for it to register (--wait).`;
}

/** What a request to it would wait for; undefined when it goes out at once. */
function missing({ key, state, connected, refused }: Listed): string | undefined {
  const approve = `mooring approve ${shellWord(key)}`;
  if (state === "pending")
    return connected ? `waits for approval (${approve})` : `is not approved (${approve}), and not connected`;
  if (connected || state === "rejected") return undefined;
  return `is not connected${refused ? `: ${printable(refused, 1_000)}` : ""}`;
}

/** So that nobody wonders at the silence. */
export function sayWhatIsMissing(key: string, timeoutMs: number, registrations: readonly Listed[]): void {
  const found = registrations.find((one) => one.key === key);
  const what = found && missing(found);
  if (what !== undefined)
    complain(
      `${printable(key)} ${what}${what.endsWith(".") ? " Waiting" : ": waiting"} for it and its answer, ${timeoutMs / 1_000} s at most (--timeout).`,
    );
}

/** Does what is to be done with a registration; when it is not there, waits for it and says so. */
export async function withRegistration<T>(
  key: string,
  options: Patience,
  look: () => Promise<readonly Listed[]>,
  act: () => Promise<T>,
): Promise<T> {
  let deadline: number | undefined;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isUnknown(error)) throw error;
      if (error.reason === "REFUSED_REGISTRATION" && error.hint)
        throw new MooringError("INVALID_CONFIG", `The gateway refuses ${printable(key)}: ${error.hint}`);
      const isFirst = deadline === undefined;
      deadline ??= performance.now() + options.wait;
      const isOver = performance.now() >= deadline;
      if (isOver || isFirst) {
        const registrations = await look();
        // What `look` asked was answered.
        process.exitCode = exitCodes.failed;
        if (isOver) throw neverCame(key, options, registrations, error);
        complain(waitingFor(key, options, registrations, error));
      }
    }
    await pause(lookMs);
  }
}
