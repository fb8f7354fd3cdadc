/** Steps as a viewer may see them: by the allow-list, and of the context only what it does not know yet. */
import type { Entry, Output, RecordedActor, Standpoint } from "../recording/entry.js";
import { senderOf } from "../recording/senders.js";
import { keyOf } from "../recording/taken.js";
import type { ActorMessage, ShownEvent, ShownOutput, StepMessage } from "./feed-messages.js";
import { redact, shownWord } from "./redact.js";

/** Of a context, what differs from another. */
export function changesOf(context: Standpoint["context"], before: Standpoint["context"] | undefined): object {
  const changes: Record<string, unknown> = {};
  for (const name in context) {
    const value = context[name];
    if (before?.[name] !== value && typeof value !== "function") changes[name] = value;
  }
  return changes;
}

const shownEvent = (event: { readonly type: string }): ShownEvent => ({
  ...redact(event),
  type: shownWord(event.type),
});

function shownOutput(output: Output): ShownOutput {
  if ("to" in output) return { to: shownWord(output.to), event: shownEvent(output.event) };
  if ("emits" in output) return { emits: shownEvent(output.emits) };
  if ("stops" in output) return { stops: shownWord(output.stops) };
  const input = output.input === undefined ? {} : redact({ input: output.input });
  return { starts: shownWord(output.starts), ...input };
}

/** `before`: the context that the viewer knows; undefined: none. */
export function stepMessage(entry: Entry, before: Standpoint["context"] | undefined): StepMessage {
  const { actor, at, event, after, taken, asked, sent } = entry;
  const context = redact(changesOf(after.context, before));
  return {
    what: "step",
    actor: actor.number,
    at,
    from: senderOf(actor.chart, event.type),
    event: shownEvent(event),
    state: after.state,
    ...(after.status === "active" ? {} : { status: after.status }),
    ...(Object.keys(context).length > 0 ? { context } : {}),
    ...(taken.length > 0 ? { taken: taken.map(keyOf) } : {}),
    ...(asked.length > 0 ? { asked } : {}),
    ...(sent.length > 0 ? { sent: sent.map(shownOutput) } : {}),
  };
}

/** The supervisor, a partition by its number among those, a registration by its key, what belongs to one by its chart. */
export function nameOf({ chart, key }: RecordedActor, { partition }: Standpoint["context"]): string {
  if (chart === "partition") return `partition-${String(partition)}`;
  return chart === "registration" ? key : chart;
}

/** Where an actor stands; or, when its steps follow, nothing of that. */
export function actorMessage(
  actor: RecordedActor,
  at: number,
  after: Standpoint,
  stands: boolean,
): ActorMessage {
  const { number, chart, key, parent } = actor;
  return {
    what: "actor",
    actor: number,
    chart,
    name: nameOf(actor, after.context),
    key,
    parent,
    at,
    state: stands ? after.state : null,
    context: stands ? redact(changesOf(after.context, undefined)) : {},
  };
}
