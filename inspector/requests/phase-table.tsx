/** What the parts take: percentiles of the sample, and the legend of the colours. */
import { count } from "../parts/words.js";
import { percentilesOf } from "./phases.js";
import { listedSpans, spans } from "./requests-state.js";
import { took } from "./span-row.js";

const figure = (ms: number | undefined): string => (ms === undefined ? "–" : took(ms));

export function PhaseTable() {
  const all = listedSpans.value;
  const drawn = all.filter(({ isSampled }) => isSampled).length;
  return (
    <section class="panel" aria-label="Phases">
      <table class="phases">
        <thead>
          <tr>
            <th scope="col">Phase</th>
            <th scope="col">p50</th>
            <th scope="col">p95</th>
            <th scope="col">p99</th>
          </tr>
        </thead>
        <tbody>
          {percentilesOf(all).map(({ phase, p50, p95, p99 }) => (
            <tr key={phase.name} data-phase={phase.name}>
              <th scope="row" title={phase.says}>
                <span class="swatch" data-phase={phase.name} />
                {phase.label}
              </th>
              <td>{figure(p50)}</td>
              <td>{figure(p95)}</td>
              <td>{figure(p99)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="faint">
        Figures are of a sample: {count(drawn, "request")} drawn, at most 20 a second of a registration. Those
        that took longer than 500 ms or failed are listed as well, and do not count here.
      </p>
      {spans.leftOut > 0 && (
        <p class="trouble-words">
          {count(spans.leftOut, "slow or failed request")} came too fast to be listed.
        </p>
      )}
    </section>
  );
}
