/** Requests without an answer, the oldest first, with ages that tick; and how many there were in all. */
import { live } from "../page-state.js";
import { age, count } from "../parts/words.js";
import { now, openRequests, spans, told } from "./requests-state.js";

const mostShown = 50;

/** Of all registrations, since each was added: what is listed below is a sample, and of what this view has seen. */
function Totals() {
  told.value;
  let [answered, failed] = [0, 0];
  for (const { figures } of live.fleet.rows.values()) {
    answered += figures.processed;
    failed += figures.failed;
  }
  const { running } = spans.totals;
  return (
    <p class="requests-totals">
      All registrations, since they were added: {answered.toLocaleString("en")} answered with a result,{" "}
      {failed.toLocaleString("en")} with an error; {running.toLocaleString("en")} running now.
    </p>
  );
}

export function OpenList() {
  told.value;
  const open = openRequests.value;
  const { running, queued, unconfirmed } = spans.totals;
  return (
    <section class="open-requests" aria-label="In flight">
      <Totals />
      <h2>
        In flight: {running.toLocaleString("en")} running, {queued.toLocaleString("en")} waiting for a slot,{" "}
        {count(unconfirmed, "answer")} unconfirmed
      </h2>
      <ul>
        {open.slice(0, mostShown).map(({ registration, requestId, tool, receivedAt, beganAt }) => (
          <li key={`${registration} ${requestId}`} class="open-request" data-waits={beganAt === null}>
            <span class="span-tool">{tool === "" ? "request" : tool}</span>
            <span class="span-registration">{registration}</span>
            <span class="span-id">{requestId}</span>
            <span class="open-where">{beganAt === null ? "queued" : "handler"}</span>
            <span class="open-age">{receivedAt === null ? "since before" : age(now.value - receivedAt)}</span>
          </li>
        ))}
      </ul>
      {open.length === 0 && <p class="faint">None.</p>}
      {open.length > mostShown && <p class="faint">The {mostShown} oldest are shown.</p>}
    </section>
  );
}
