/**
 * Who says what to whom: the messages of a recorded step. A step has the event that its chart took and what it sent;
 * who sent an event follows from the chart and the event's name, because every port has names of its own
 * (`machines/ports.ts`). Browsers run it, too.
 */
import type { Output, RecordedEvent } from "./entry.js";
import type { ChartName, HostName } from "./settings.js";

export type Chart = ChartName | HostName;

/** `program`: whoever commands the runtime. `gateway` and `tokenServer`: the far ends of ports. */
export type Party = "program" | Chart | "stream" | "work" | "gateway" | "tokenServer";

export interface Message {
  readonly from: Party;
  readonly to: Party;
  /** The type of the event; of a start and of a stop, what starts or stops. */
  readonly event: string;
  /** `dead`: the state did not take it. */
  readonly kind: "event" | "timer" | "start" | "stop" | "dead";
}

/** What is looked at of a step. */
export interface SpokenStep {
  readonly chart: Chart;
  readonly event: RecordedEvent;
  readonly sent?: readonly Output[];
}

const parents: Readonly<Record<Chart, Party>> = {
  supervisor: "program",
  partition: "supervisor",
  registration: "partition",
  credentials: "registration",
  liveness: "registration",
};

/** Ports and children by their ids in the charts. */
const byId: ReadonlyMap<string, Party> = new Map<string, Party>([
  ["opening", "gateway"],
  ["stream", "stream"],
  ["hold", "work"],
  ["drain", "work"],
  ["find", "tokenServer"],
  ["register", "tokenServer"],
  ["mint", "tokenServer"],
  ["partitions", "partition"],
  ["credentials", "credentials"],
  ["liveness", "liveness"],
]);

/** Their own steps have what reaches them. */
const recorded: ReadonlySet<Party> = new Set(Object.keys(parents) as Party[]);

/** What the port says by itself; the rest of `stream.…` comes from the gateway. */
const ofStream: ReadonlySet<string> = new Set(["stream.heartbeatLate", "stream.stale"]);

/** Commands to the stream that go on to the gateway. */
const toGateway: ReadonlySet<string> = new Set(["register", "heartbeat"]);

/** Sent by a chart to itself, some time later. */
const timers: ReadonlySet<string> = new Set(["uptime.stable", "drain.expired", "fault.forgiven"]);

const isTimer = (event: string): boolean => event.startsWith("xstate.after.") || timers.has(event);

/** `~3` is a registration in its partition. */
const partyOf = (id: string): Party | undefined => (id.startsWith("~") ? "registration" : byId.get(id));

const prefixes: readonly (readonly [string, Party])[] = [
  ["stream.", "gateway"],
  ["work.", "work"],
  ["credentials.", "credentials"],
  ["liveness.", "liveness"],
];

/** Who has sent an event to a chart. */
export function senderOf(chart: Chart, event: string): Party {
  if (isTimer(event)) return chart;
  const [, id] = /^xstate\.(?:done|error)\.actor\.(.+)$/.exec(event) ?? [];
  if (id !== undefined) return partyOf(id) ?? chart;
  if (chart === "supervisor" && (event === "registrations.moved" || event === "partition.failed"))
    return "partition";
  if (chart !== "registration" || event === "work.cancel") return parents[chart];
  if (ofStream.has(event)) return "stream";
  return prefixes.find(([prefix]) => event.startsWith(prefix))?.[1] ?? parents[chart];
}

const isDead = (sent: readonly Output[]): boolean =>
  sent.some((output) => "emits" in output && output.emits.type === "unexpected");

function arrived({ chart, event, sent = [] }: SpokenStep): Message {
  const { type } = event;
  if (type === "xstate.init") return { from: parents[chart], to: chart, event: chart, kind: "start" };
  if (type === "xstate.stop") return { from: parents[chart], to: chart, event: chart, kind: "stop" };
  const kind = isDead(sent) ? "dead" : isTimer(type) ? "timer" : "event";
  return { from: senderOf(chart, type), to: chart, event: type, kind };
}

/** Undefined: it reaches a chart, whose own step tells of it, or nobody. */
function sentBy(chart: Chart, output: Output, taken: string): Message | undefined {
  if ("emits" in output) return undefined;
  const id = "to" in output ? output.to : "starts" in output ? output.starts : output.stops;
  const port = partyOf(id);
  if (port === undefined || recorded.has(port)) return undefined;
  if ("to" in output) {
    const to = port === "stream" && toGateway.has(output.event.type) ? "gateway" : port;
    return { from: chart, to, event: output.event.type, kind: "event" };
  }
  // What has come to its end is stopped only by the letter.
  if ("stops" in output && taken.endsWith(`.actor.${id}`)) return undefined;
  return { from: chart, to: port, event: id, kind: "starts" in output ? "start" : "stop" };
}

/** What came, then what went out to ports, in order. */
export function messagesOf(step: SpokenStep): readonly Message[] {
  const { chart, event, sent = [] } = step;
  const out = sent.flatMap((output) => sentBy(chart, output, event.type) ?? []);
  return [arrived(step), ...out];
}
