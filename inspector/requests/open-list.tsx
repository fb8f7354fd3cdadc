/** Requests without an answer, the oldest first, with ages that tick. */
import { age, count } from "../parts/words.js";
import { now, openRequests, spans, told } from "./requests-state.js";

const mostShown = 50;

export function OpenList() {
  told.value;
  const open = openRequests.value;
  const { running, queued, unconfirmed } = spans.totals;
  return (
    <section class="open-requests" aria-label="In flight">
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
