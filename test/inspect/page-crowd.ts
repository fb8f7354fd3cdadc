/** A feed of many registrations that need no runtime. */
import type { InspectionFeed } from "mooring";
import { defaultPolicy } from "../../machines/index.js";
import type { InspectionMessage, SnapshotData } from "../../src/inspect/inspection-messages.js";
import type { InspectedStatus } from "../../src/inspect/server.js";

const partitionSize = 16;

const common = (sessionId: string) =>
  ({
    sessionId,
    rootId: "supervisor/x:0",
    id: null,
    createdAt: String(Date.now()),
    _version: "0.1.0",
  }) as const;

const snapshot = (value: unknown, context: object): SnapshotData => ({
  status: "active",
  value,
  context: { ...context },
});

const serving = { connection: { linked: { streaming: "serving" } }, intake: "accepting" };
const waiting = { connection: { backoff: "transient" }, intake: "accepting" };

export interface Crowd {
  readonly feed: InspectionFeed;
  status(): InspectedStatus;
  readonly keys: readonly string[];
  /** Of one of them the link is lost. */
  lose(place: number): void;
}

export function crowdOf(many: number): Crowd {
  const keys = Array.from({ length: many }, (_, at) => `tenant${at % 7}.type${at % 3}.n${at}`);
  const listeners = new Set<(message: InspectionMessage) => void>();
  const idOf = (at: number): string => `p${Math.floor(at / partitionSize)}/x:${at % partitionSize}`;
  const actor = (
    id: string,
    name: string,
    machine: string,
    parentId: string | undefined,
    state: SnapshotData,
  ) =>
    ({
      ...common(id),
      type: "@xstate.actor",
      name,
      machine,
      parentId,
      definition: "{}",
      snapshot: state,
    }) as const;
  const messages = (): InspectionMessage[] => [
    actor("supervisor/x:0", "supervisor", "supervisor", undefined, snapshot({ active: "running" }, {})),
    ...Array.from({ length: Math.ceil(many / partitionSize) }, (_, at) =>
      actor(`p${at}`, `partition-${at + 1}`, "partition", "supervisor/x:0", snapshot("hosting", {})),
    ),
    ...keys.map((key, at) =>
      actor(
        idOf(at),
        `${key}~${at % partitionSize}`,
        "registration",
        `p${Math.floor(at / partitionSize)}`,
        snapshot(serving, { key, policy: defaultPolicy }),
      ),
    ),
  ];
  return {
    keys,
    feed: {
      observer: () => () => {},
      replay: messages,
      listen: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    status: () => ({
      registrations: keys.map((key) => ({
        key,
        state: "streaming",
        child: "serving",
        since: 0,
        cause: null,
        nextAction: { what: "goes on serving", at: null },
      })),
    }),
    lose(place) {
      const failure = { kind: "transient", cause: "connection-lost" };
      const event = { type: "stream.ended", failure };
      const state = snapshot(waiting, { key: keys[place], policy: defaultPolicy, backoffMs: 500, failure });
      const transitions = ["registration.connection.linked stream.ended 0"];
      for (const listener of listeners)
        listener({ ...common(idOf(place)), type: "@xstate.snapshot", event, snapshot: state, transitions });
    },
  };
}
