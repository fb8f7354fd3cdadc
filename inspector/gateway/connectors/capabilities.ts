/** What a connector says that it can do: asked for when it is looked at, and again when it has registered anew. */
import { signal } from "@preact/signals";
import type { GatewayRegistration } from "../../../src/gateway/gateway.js";
import { ask, capabilitiesOf } from "../ask.js";

export interface ToolTold {
  readonly name: string;
  readonly description: string;
  /** JSON Schema; null: none that could be kept. */
  readonly parameters: unknown;
  readonly result: unknown;
}

export interface AppTold {
  readonly name: string;
  /** The page that opens first. */
  readonly entryPath: string;
}

export interface Capabilities {
  readonly version: string;
  readonly behaviors: readonly string[];
  readonly tools: readonly ToolTold[];
  readonly apps?: readonly AppTold[];
}

interface Known {
  /** Of the registration when it was asked for. */
  readonly tools: string;
  readonly capabilities: Capabilities | undefined;
  readonly problem: string;
}

const known = signal<ReadonlyMap<string, Known>>(new Map());
const mostKept = 100;

export const knownOf = (key: string): Known | undefined => known.value.get(key);

/** What it can do is forgotten with its stream; what is known already is shown on. */
export async function learn({ key, connected, tools }: GatewayRegistration): Promise<void> {
  const before = known.peek().get(key);
  const names = tools.join("\n");
  if (!connected || (before?.capabilities && before.tools === names)) return;
  const answer = await ask(capabilitiesOf(key));
  const now = new Map([...known.peek()].filter(([one]) => one !== key).slice(-mostKept));
  const capabilities = answer.isDone ? (answer.body as Capabilities) : before?.capabilities;
  now.set(key, { tools: names, capabilities, problem: answer.isDone ? "" : answer.words });
  known.value = now;
}
