/** Whether this page may do more than watch, what it is about to ask for, and what came of that. */
import { signal } from "@preact/signals";
import type { InspectedControl } from "../../src/inspect/controlled.js";
import type { Command } from "./commands.js";

/** Undefined until the server has said so. */
export const mayControl = signal<boolean | undefined>(undefined);

export interface Asking {
  readonly command: Command;
  /** The registration; undefined: the runtime. */
  readonly key: string | undefined;
}

/** What waits for the confirmation. */
export const asking = signal<Asking | undefined>(undefined);

export interface Outcome extends Asking {
  readonly at: number;
  /** Why it was not taken; undefined when it was. */
  readonly refusal: string | undefined;
}

export const outcome = signal<Outcome | undefined>(undefined);

export async function learnControl(): Promise<void> {
  try {
    const told: InspectedControl = await (await fetch("control")).json();
    mayControl.value = told.isOn;
  } catch {
    mayControl.value = undefined;
  }
}

async function refusalOf({ command, key }: Asking): Promise<string | undefined> {
  try {
    const answer = await fetch("control", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ command: command.name, ...(key === undefined ? {} : { key }) }),
    });
    return answer.ok ? undefined : (await answer.text()).trim();
  } catch {
    return "Nobody answers.";
  }
}

/** What was confirmed is asked for. Resolves when that has been answered. */
export async function confirm(): Promise<void> {
  const { value } = asking;
  asking.value = undefined;
  if (!value) return;
  const refusal = await refusalOf(value);
  outcome.value = { ...value, at: Date.now(), refusal };
}
