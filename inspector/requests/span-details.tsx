/** The chosen request: each part in a line of its own, where it began, and how long it took. */
import type { RequestSpan } from "../../src/inspect/request-messages.js";
import { clock } from "../parts/words.js";
import { lengthOf, type Phase, phases } from "./phases.js";
import { chosenSpan, spans, told } from "./requests-state.js";
import { took } from "./span-row.js";

function PhaseLine({
  phase,
  span,
  scale,
}: {
  readonly phase: Phase;
  readonly span: RequestSpan;
  readonly scale: number;
}) {
  const ms = lengthOf(phase, span);
  const from = phase.from(span);
  const x = from === null ? 0 : (100 * (from - span.receivedAt)) / scale;
  return (
    <li class="phase-line">
      <span>{phase.label}</span>
      <svg class="span-bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">
        {ms !== undefined && ms > 0 && (
          <rect
            data-phase={phase.name}
            x={Math.min(99, x)}
            width={Math.max(0.7, (100 * ms) / scale)}
            height="10"
          />
        )}
      </svg>
      <span class="span-total">{ms === undefined ? "–" : took(ms)}</span>
    </li>
  );
}

export function SpanDetails() {
  told.value;
  const span = spans.at(chosenSpan.value);
  if (!span) return null;
  const end = span.confirmedAt ?? span.sentAt ?? span.answeredAt;
  const scale = Math.max(0.001, end - span.receivedAt);
  return (
    <section class="panel span-details" aria-label="Chosen request">
      <h2>{span.requestId}</h2>
      <p class="faint">
        {span.tool === "" ? "Request" : span.tool} of {span.registration}, received at{" "}
        {clock(span.receivedAt)}: {span.outcome}
        {span.sent > 1 && `, sent ${span.sent} times because streams were lost`}
      </p>
      <ul>
        {phases.map((phase) => (
          <PhaseLine key={phase.name} phase={phase} span={span} scale={scale} />
        ))}
      </ul>
    </section>
  );
}
