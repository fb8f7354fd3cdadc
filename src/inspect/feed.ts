/**
 * Watches actor systems through XState's `inspect` hook and turns what happens into redacted messages. Keeps
 * the newest ones and the present state of every actor, so that a viewer may come late. Never takes part.
 */
import type { AnyActorRef, AnyTransitionDefinition, InspectionEvent } from "xstate";
import { transitionKey } from "../../machines/transition-key.js";
import { type Call, checkOptions } from "../options/check.js";
import { judged } from "../options/kinds.js";
import { functionRow, type Rows, row } from "../options/rows.js";
import type { ActorMessage, EventData, InspectionMessage, SnapshotData } from "./inspection-messages.js";
import { redact, redacted } from "./redact.js";

/** Where messages go besides the ring: a function, or an adapter of `@statelyai/inspect`. */
export type InspectionSink =
  /** Called with each message. */
  | ((message: InspectionMessage) => void)
  /** Its `send` is called with each message. */
  | { send(message: InspectionMessage): void };

/** What actors did, for viewers; redacted, and never in the way of the actors. */
export interface InspectionFeed {
  /**
   * An observer for the root of one actor system (`createActor(..., { inspect })`). Roots that are given a
   * name hang below the first root without one.
   */
  observer(name?: string): (event: InspectionEvent) => void;
  /** For a viewer that comes now: each live actor with its present state, then the newest events. */
  replay(): readonly InspectionMessage[];
  /** Every message from now on. Returns how to leave. */
  listen(listener: (message: InspectionMessage) => void): () => void;
}

const version = "0.1.0";

/** Messages kept for late viewers. */
const ringSize = 2_000;

const withheld: ReadonlySet<string> = new Set(["context", "input", "output", "params"]);

interface Known {
  readonly message: ActorMessage;
  latest: SnapshotData;
}

/** A machine's configuration: functions become their names. Made once per kind of machine. */
function definitionOf(actor: AnyActorRef, cache: WeakMap<object, string>): string | undefined {
  const logic: unknown = "logic" in actor ? actor.logic : undefined;
  if (typeof logic !== "object" || logic === null || !("config" in logic) || !("definition" in logic))
    return undefined;
  const { config } = logic;
  if (typeof config !== "object" || config === null) return undefined;
  const known = cache.get(config);
  if (known) return known;
  const text = JSON.stringify(config, (key, value: unknown) => {
    // Data, not structure: a context or an input may hold anything.
    if (withheld.has(key)) return undefined;
    return typeof value === "function" ? { type: value.name || "inline" } : value;
  });
  cache.set(config, text);
  return text;
}

function snapshotData(snapshot: unknown): SnapshotData {
  if (typeof snapshot !== "object" || snapshot === null || !("status" in snapshot))
    return { status: "active" };
  const status = snapshot.status as SnapshotData["status"];
  return {
    status,
    ...("value" in snapshot ? { value: snapshot.value } : {}),
    ...("context" in snapshot && typeof snapshot.context === "object" && snapshot.context
      ? { context: redact(snapshot.context) }
      : {}),
    ...("output" in snapshot && snapshot.output !== undefined ? redact({ output: snapshot.output }) : {}),
    ...("error" in snapshot && snapshot.error !== undefined ? { error: redacted } : {}),
  };
}

const keys = new WeakMap<AnyTransitionDefinition, string>();

/** Made once for each transition of each machine. */
function keyOf(transition: AnyTransitionDefinition): string {
  const known = keys.get(transition) ?? transitionKey(transition);
  keys.set(transition, known);
  return known;
}

/** The id of the machine that an actor runs. */
function machineOf(actor: AnyActorRef): string | undefined {
  const logic: unknown = "logic" in actor ? actor.logic : undefined;
  if (typeof logic !== "object" || logic === null || !("id" in logic) || !("config" in logic))
    return undefined;
  return String(logic.id);
}

function eventData(event: { readonly type: string }): EventData {
  return { ...redact(event), type: event.type };
}

/** An actor's id; a registration's has its key before it, because the id only tells its place in its partition. */
function nameOf(actor: AnyActorRef): string {
  const options: unknown = "options" in actor ? actor.options : undefined;
  if (!actor.id.startsWith("~") || typeof options !== "object" || options === null || !("input" in options))
    return actor.id;
  const { input } = options;
  const key: unknown = typeof input === "object" && input !== null && "key" in input ? input.key : undefined;
  return typeof key === "string" ? `${key}${actor.id}` : actor.id;
}

/** Options of `createInspectionFeed`. */
export interface InspectionFeedOptions {
  /**
   * Where messages go besides the ring: a function, or an adapter of `@statelyai/inspect`.
   * @default nowhere
   */
  readonly sink?: InspectionSink;
  /**
   * The time in ms since 1970.
   * @default `Date.now`
   */
  readonly now?: () => number;
}

/** Of `createInspectionFeed`, a row for each option. */
export const inspectionFeedCall = {
  name: "createInspectionFeed()",
  table: {
    sink: row(judged, {
      takes: "function, or object with send",
      says: "Where messages go besides the ring: a function, or an adapter of `@statelyai/inspect`.",
      usually: "nowhere",
    }),
    now: functionRow({ says: "The time in ms since 1970.", usually: "`Date.now`" }),
  } satisfies Rows<InspectionFeedOptions>,
} satisfies Call;

/**
 * A feed for actor systems of your own; a runtime with `inspect` has one already. Throws INVALID_CONFIG for bad options.
 *
 * @example
 * ```ts
 * import { createInspectionFeed } from "mooring";
 * import { createActor, createMachine } from "xstate";
 *
 * const feed = createInspectionFeed();
 * feed.listen((message) => console.log(message.type));
 * createActor(createMachine({}), { inspect: feed.observer() }).start();
 * ```
 */
export function createInspectionFeed(options: InspectionFeedOptions = {}): InspectionFeed {
  checkOptions(options, inspectionFeedCall);
  const now = options.now ?? Date.now;
  const listeners = new Set<(message: InspectionMessage) => void>();
  const actors = new Map<string, Known>();
  const ring: InspectionMessage[] = [];
  const definitions = new WeakMap<object, string>();
  /** Of each actor, the transitions of the step that it is in. */
  const taken = new Map<string, readonly string[]>();
  const { sink } = options;
  if (sink) listeners.add(typeof sink === "function" ? sink : (message) => sink.send(message));
  let root: string | undefined;

  const publish = (message: InspectionMessage): void => {
    if (ring.length === ringSize) ring.shift();
    ring.push(message);
    for (const listener of listeners) listener(message);
  };
  const common = (sessionId: string) => ({
    sessionId,
    rootId: root ?? sessionId,
    id: null,
    createdAt: String(now()),
    _version: version,
  });

  const observeActor = (
    actor: AnyActorRef,
    sessionId: string,
    parentId: string | undefined,
    name: string,
  ): void => {
    // XState announces an actor from its constructor, where its snapshot cannot be read yet; the first follows.
    const snapshot: SnapshotData = { status: "active" };
    const definition = definitionOf(actor, definitions);
    const message: ActorMessage = {
      ...common(sessionId),
      type: "@xstate.actor",
      name,
      parentId,
      machine: machineOf(actor),
      definition,
      snapshot,
    };
    actors.set(sessionId, { message, latest: snapshot });
    publish(message);
  };

  return {
    observer(name) {
      // Every system numbers its actors from x:0, so a session id needs its system's name in front.
      const system = name ?? "supervisor";
      const idOf = (actor: AnyActorRef): string => `${system}/${actor.sessionId}`;
      return (inspected) => {
        const { actorRef } = inspected;
        if (!("sessionId" in actorRef)) return;
        const actor = actorRef as AnyActorRef;
        const sessionId = idOf(actor);
        if (name === undefined) root ??= sessionId;
        if (inspected.type === "@xstate.actor") {
          const parent: AnyActorRef | undefined =
            "_parent" in actor ? (actor._parent as AnyActorRef | undefined) : undefined;
          const isRoot = parent === undefined;
          observeActor(
            actor,
            sessionId,
            isRoot ? (name === undefined ? undefined : root) : idOf(parent),
            isRoot ? system : nameOf(actor),
          );
        } else if (inspected.type === "@xstate.event") {
          const source =
            inspected.sourceRef && "sessionId" in inspected.sourceRef
              ? (inspected.sourceRef as AnyActorRef)
              : undefined;
          publish({
            ...common(sessionId),
            type: "@xstate.event",
            event: eventData(inspected.event),
            sourceId: source ? idOf(source) : undefined,
          });
        } else if (inspected.type === "@xstate.microstep") {
          const keys = inspected._transitions.map(keyOf);
          taken.set(sessionId, [...(taken.get(sessionId) ?? []), ...keys]);
        } else if (inspected.type === "@xstate.snapshot") {
          const transitions = taken.get(sessionId);
          taken.delete(sessionId);
          const snapshot = snapshotData(inspected.snapshot);
          const known = actors.get(sessionId);
          if (snapshot.status !== "active") actors.delete(sessionId);
          else if (known) known.latest = snapshot;
          publish({
            ...common(sessionId),
            type: "@xstate.snapshot",
            snapshot,
            event: eventData(inspected.event),
            ...(transitions ? { transitions } : {}),
          });
        }
      };
    },
    replay() {
      const present = [...actors.values()].map(({ message, latest }) => ({ ...message, snapshot: latest }));
      return [...present, ...ring.filter((message) => message.type !== "@xstate.actor")];
    },
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
