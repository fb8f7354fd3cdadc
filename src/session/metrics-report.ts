/** The periodic MetricsReport (`protocol/connectors.md` §8.1, §8.2), computed from plain counters. */
import { cpus, freemem, loadavg, totalmem } from "node:os";
import { create } from "@bufbuild/protobuf";
import type { WorkCounters } from "../execution/execution.js";
import {
  MetricsReportSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";

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

/** Looking at the machine is not free, so its figures are shared for this long. */
const freshMs = 1_000;

let systemFigures: { at: number; figures: Record<string, number> } = {
  at: Number.NEGATIVE_INFINITY,
  figures: {},
};

function system(): Record<string, number> {
  const at = performance.now();
  if (at - systemFigures.at < freshMs) return systemFigures.figures;
  const [one = 0, five = 0, fifteen = 0] = loadavg();
  const memory = process.memoryUsage();
  const figures = {
    "sdk.system_total_memory_bytes": totalmem(),
    "sdk.system_available_memory_bytes": freemem(),
    "sdk.system_used_memory_bytes": totalmem() - freemem(),
    "sdk.system_cpu_count": cpus().length,
    "sdk.system_load_avg_1m": one,
    "sdk.system_load_avg_5m": five,
    "sdk.system_load_avg_15m": fifteen,
    "sdk.process_memory_bytes": memory.rss,
  };
  systemFigures = { at, figures };
  return figures;
}

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

export function metricsReport(facts: {
  readonly arn: string;
  readonly now: number;
  readonly uptimeMs: number;
  readonly work: WorkCounters;
  readonly connection: ConnectionCounters;
  readonly roundTrips: RoundTrips;
}): StreamMessage {
  const { work, connection } = facts;
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
    customMetrics: { ...system(), ...heartbeatFigures(facts.roundTrips) },
  });
  return create(StreamMessageSchema, { message: { case: "metricsReport", value } });
}
