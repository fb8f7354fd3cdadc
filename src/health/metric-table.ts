/** Every metric of `/metrics`, by its name without `mooring_`: what kind it is, and what it says. */

import type { RegistrationStatus, RuntimeStatus } from "../runtime/status.js";
import { statePath } from "../runtime/status.js";
import { troublesOfStatus } from "../troubles/judged-status.js";
import { troubles } from "../troubles/troubles.js";
import type { ReadyWhen } from "./readiness.js";
import { liveness, readiness } from "./readiness.js";
import {
  type GrowingName,
  growingNames,
  type Labels,
  type Sum,
  Sums,
  stateLabels,
  type Tally,
} from "./tally.js";

/** What the figures are taken from. */
export interface Facts {
  readonly status: RuntimeStatus;
  readonly tally: Tally;
  readonly readyWhen: ReadyWhen;
  readonly version: string;
  /** Wall clock in ms. */
  readonly now: number;
}

export interface Metric {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  readonly help: string;
  values(facts: Facts): readonly Sum[];
}

const one = (value: number): readonly Sum[] => [{ labels: {}, value }];

/** A figure of every registration, added up by its type. */
function added(
  { status, tally }: Facts,
  figure: (registration: RegistrationStatus) => number,
  labels: (registration: RegistrationStatus) => Labels = () => ({}),
): readonly Sum[] {
  const sums = new Sums();
  for (const registration of status.registrations)
    sums.add({ ...tally.groupOf(registration.key), ...labels(registration) }, figure(registration));
  return sums.values();
}

const growingHelp: Readonly<Record<GrowingName, string>> = {
  requests_received_total: "Requests that came.",
  requests_processed_total: "Requests answered with a result.",
  requests_failed_total: "Requests answered with an error.",
  requests_timed_out_total: "Requests whose time was over.",
  requests_overloaded_total: "Requests refused because too many waited.",
  requests_duplicate_total: "Requests that came again and were not run again.",
  results_evicted_total: "Results that had to make room before the gateway had confirmed them.",
  request_duration_seconds_total: "Time in handlers that returned; by requests_processed_total: the mean.",
  request_bytes_total: "Payload bytes of requests.",
  result_bytes_total: "Payload bytes of results.",
  reconnect_attempts_total: "Tries to connect again.",
  reconnects_total: "Streams accepted after the first.",
  disconnects_total: "Streams that ended after they had been accepted.",
  unexpected_events_total: "Events of Mooring's own that a state did not take: faults of Mooring.",
  stale_events_total: "Events of streams that had been given up.",
  restarts_total: "Restarts of registrations after a fault of their own, or of their worker thread.",
};

const gauge = (name: string, help: string, values: Metric["values"]): Metric => ({
  name,
  kind: "gauge",
  help,
  values,
});

const counter = (name: string, help: string, values: Metric["values"]): Metric => ({
  name,
  kind: "counter",
  help,
  values,
});

function troublesIn({ status, now }: Facts): readonly Sum[] {
  const counts = new Map<string, number>(troubles.map(({ name }) => [name, 0]));
  for (const registration of status.registrations)
    for (const name of troublesOfStatus(registration, now)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([trouble, value]) => ({ labels: { trouble }, value }));
}

function connections({ status }: Facts): readonly Sum[] {
  const sums = new Sums();
  for (const { state } of status.channels) sums.add({ state }, 1);
  return sums.values();
}

/** The longest of each type. */
function roundTrips({ status, tally }: Facts): readonly Sum[] {
  const longest = new Map<string, Sum>();
  for (const { key, roundTripMs } of status.registrations) {
    if (roundTripMs === null) continue;
    const labels = tally.groupOf(key);
    const id = Object.values(labels).join("\0");
    const value = Math.max(longest.get(id)?.value ?? 0, roundTripMs / 1_000);
    longest.set(id, { labels, value });
  }
  return [...longest.values()];
}

export const metrics: readonly Metric[] = [
  gauge("info", "1; its label is the version.", ({ version }) => [{ labels: { version }, value: 1 }]),
  gauge("ready", "What /readyz answers: 1 = 200, 0 = 503.", ({ status, readyWhen }) =>
    one(Number(readiness(status, readyWhen).ok)),
  ),
  gauge("live", "What /livez answers: 1 = 200, 0 = 503.", ({ status }) => one(Number(liveness(status).ok))),
  gauge("registrations", "Registrations, by where they stand now.", (facts) =>
    added(
      facts,
      () => 1,
      ({ state, child }) => stateLabels(statePath(state, child)),
    ),
  ),
  counter("registration_state_seconds_total", "Time that registrations spent in each state.", ({ tally }) =>
    tally.stateSeconds.values(),
  ),
  counter(
    "registration_transitions_total",
    "Steps of registrations from one state to another.",
    ({ tally }) => tally.transitions.values(),
  ),
  gauge(
    "registration_troubles",
    "Registrations with each trouble; /metrics names all there are.",
    troublesIn,
  ),
  gauge("requests_running", "Requests that run.", (facts) => added(facts, ({ work }) => work.running)),
  gauge("requests_queued", "Requests that wait for a place.", (facts) =>
    added(facts, ({ work }) => work.queued),
  ),
  gauge(
    "request_slots",
    "Requests that may run at once: fixed, or as many as run without slowing each other down.",
    (facts) => added(facts, ({ work }) => work.slots),
  ),
  gauge("outbox_results", "Results that the gateway has not confirmed.", (facts) =>
    added(facts, ({ work }) => work.unconfirmed),
  ),
  gauge(
    "own_series_left_out",
    "Series that connectors count and that are not here: one name of two kinds, or more than 1,000.",
    ({ tally }) => one(tally.own.left),
  ),
  gauge(
    "heartbeat_round_trip_seconds",
    "How long the gateway took for the last heartbeat, at the longest.",
    roundTrips,
  ),
  gauge("connections", "Connections to the gateway.", connections),
  gauge("streams", "Streams open on them.", ({ status }) =>
    one(status.channels.reduce((sum, { streams }) => sum + streams, 0)),
  ),
  ...growingNames.map((name) => counter(name, growingHelp[name], ({ tally }) => tally.grown[name].values())),
];
