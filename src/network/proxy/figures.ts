/** What a runtime counts of its proxies, for its metrics reports (docs/protocol.md, "Custom metrics"). */

export interface ProxyFigures {
  attempts: number;
  successes: number;
  readonly failures: { unreachable: number; auth: number; connect_failed: number };
  /** Of the ways that were opened. */
  readonly latencyMs: Latencies;
}

/** Count, sum, least and most of some times in ms. */
class Latencies {
  count = 0;
  sum = 0;
  max = 0;

  push(ms: number): void {
    this.count += 1;
    this.sum += ms;
    this.max = Math.max(this.max, ms);
  }
}

export const noProxyFigures = (): ProxyFigures => ({
  attempts: 0,
  successes: 0,
  failures: { unreachable: 0, auth: 0, connect_failed: 0 },
  latencyMs: new Latencies(),
});

/** As a metrics report names them; nothing when no proxy was ever used. */
export function reportedFigures({
  attempts,
  successes,
  failures,
  latencyMs,
}: ProxyFigures): Record<string, number> {
  if (attempts === 0) return {};
  return {
    "sdk.proxy.connect_attempts_total": attempts,
    "sdk.proxy.connect_success_total": successes,
    ...Object.fromEntries(
      Object.entries(failures).map(([reason, count]) => [
        `sdk.proxy.connect_failures_total.${reason}`,
        count,
      ]),
    ),
    "sdk.proxy.connect_latency_ms.count": latencyMs.count,
    "sdk.proxy.connect_latency_ms.sum": latencyMs.sum,
    "sdk.proxy.connect_latency_ms.max": latencyMs.max,
  };
}
