/** A request in a line: who, how it ended, and a bar of its parts on the scale of the list. */
import type { RequestSpan } from "../../src/inspect/request-messages.js";
import { clock, duration } from "../parts/words.js";
import { lengthOf, phases, totalOf } from "./phases.js";

const bad = (outcome: RequestSpan["outcome"]): "good" | "bad" => (outcome === "ok" ? "good" : "bad");

/** The parts up to the stream; for the confirmation a mark, because it comes with a heartbeat much later. */
function Bar({ span, scale }: { readonly span: RequestSpan; readonly scale: number }) {
  const parts = phases.filter(({ name }) => name !== "confirmed");
  let left = 0;
  return (
    <svg class="span-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
      {parts.map((phase) => {
        const ms = lengthOf(phase, span) ?? 0;
        const width = ms === 0 ? 0 : Math.max(0.4, (100 * ms) / scale);
        const x = left;
        left += width;
        return <rect key={phase.name} data-phase={phase.name} x={x} width={width} height="10" />;
      })}
    </svg>
  );
}

/** The time it took, to a tenth of a millisecond where that says something. */
export const took = (ms: number): string => (ms < 10 ? `${ms.toFixed(1)} ms` : duration(ms));

export function SpanRow({ span, scale }: { readonly span: RequestSpan; readonly scale: number }) {
  const { tool, registration, requestId, outcome, sent, confirmedAt } = span;
  return (
    <span class="span-row" data-outcome={outcome}>
      <span class="dot" data-tone={bad(outcome)} />
      <span class="span-time">{clock(span.answeredAt)}</span>
      <span class="span-tool">{tool === "" ? "request" : tool}</span>
      <span class="span-registration">{registration}</span>
      <span class="span-outcome" data-tone={bad(outcome)}>
        {outcome}
        {sent > 1 && `, sent ${sent} times`}
      </span>
      <Bar span={span} scale={scale} />
      <span class="span-total">{took(totalOf(span))}</span>
      <span class="span-confirmed" title={`Request ${requestId}`}>
        {confirmedAt === null ? (outcome === "evicted" ? "given up" : "not yet") : "confirmed"}
      </span>
    </span>
  );
}
