/** The periodic MetricsReport (docs/protocol.md, "Metrics reports"), computed from plain counters. */

import { create, toBinary } from "@bufbuild/protobuf";
import type { Slots } from "../execution/slots.js";
import type { WorkCounters } from "../execution/work-counters.js";
import {
  MetricsReportSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { type ProxyFigures, reportedFigures } from "../network/proxy/figures.js";
import { roomyReportBytes } from "../protocol/limits.js";
import { SystemFigures } from "./system-figures.js";

/** The counters of the registration's connection, by the protocol's names. */
export interface ConnectionCounters {
  readonly reconnection_attempts: number;
  readonly total_disconnects: number;
  readonly successful_reconnects: number;
}

/** Round trips of heartbeats, in ms. */
export class RoundTrips {
  count = 0;
  last = 0;
  min = 0;
  max = 0;
  #sum = 0;

  add(ms: number): void {
    this.count += 1;
    this.last = ms;
    this.min = this.count === 1 ? ms : Math.min(this.min, ms);
    this.max = Math.max(this.max, ms);
    this.#sum += ms;
  }

  get average(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }
}

const slotsName = "sdk.request_slots";

/** One for the process, as what it reads is. */
const system = new SystemFigures();

function heartbeatFigures(trips: RoundTrips): Record<string, number> {
  if (trips.count === 0) return {};
  return {
    "sdk.heartbeat_rtt_avg_ms": trips.average,
    "sdk.heartbeat_rtt_last_ms": trips.last,
    "sdk.heartbeat_rtt_min_ms": trips.min,
    "sdk.heartbeat_rtt_max_ms": trips.max,
    "sdk.heartbeat_rtt_count": trips.count,
  };
}

const isTooLarge = (message: StreamMessage, maxMessageBytes: number): boolean =>
  maxMessageBytes < roomyReportBytes && toBinary(StreamMessageSchema, message).length > maxMessageBytes;

/** Undefined when not even the counters fit into a message. */
export function metricsReport(facts: {
  readonly arn: string;
  readonly now: number;
  readonly uptimeMs: number;
  readonly work: WorkCounters;
  /** Reported where their number is found while requests run. */
  readonly slots?: Pick<Slots, "count" | "moving">;
  readonly connection: ConnectionCounters;
  readonly roundTrips: RoundTrips;
  readonly proxies?: ProxyFigures | undefined;
  /** The connector's own figures, by their names. */
  readonly own?: Readonly<Record<string, number>> | undefined;
  readonly maxMessageBytes?: number | undefined;
}): StreamMessage | undefined {
  const { work, connection, maxMessageBytes = Number.POSITIVE_INFINITY } = facts;
  const ofMooring = {
    ...system.read(),
    ...heartbeatFigures(facts.roundTrips),
    ...(facts.slots?.moving ? { [slotsName]: facts.slots.count } : {}),
    ...(facts.proxies ? reportedFigures(facts.proxies) : {}),
  };
  const value = create(MetricsReportSchema, {
    connectorArn: facts.arn,
    timestampMs: BigInt(Math.trunc(facts.now)),
    requestsReceived: BigInt(work.requests_received),
    requestsProcessed: BigInt(work.requests_processed),
    requestsFailed: BigInt(work.requests_failed),
    avgLatencyMs: work.requests_processed === 0 ? 0 : work.total_duration_ms / work.requests_processed,
    totalDurationMs: work.total_duration_ms,
    bytesReceived: BigInt(work.bytes_received),
    bytesSent: BigInt(work.bytes_sent),
    reconnectionAttempts: BigInt(connection.reconnection_attempts),
    totalDisconnects: BigInt(connection.total_disconnects),
    successfulReconnects: BigInt(connection.successful_reconnects),
    uptimeSeconds: facts.uptimeMs / 1_000,
    lastRequestAtMs: BigInt(work.last_request_at_ms),
    customMetrics: { ...facts.own, ...ofMooring },
  });
  const report = create(StreamMessageSchema, { message: { case: "metricsReport", value } });
  // Of the connector's own nobody knows how long they are.
  const bytes = facts.own === undefined ? 0 : toBinary(StreamMessageSchema, report).length;
  if (bytes > maxMessageBytes) value.customMetrics = ofMooring;
  if (isTooLarge(report, maxMessageBytes)) value.customMetrics = {};
  return isTooLarge(report, maxMessageBytes) ? undefined : report;
}
