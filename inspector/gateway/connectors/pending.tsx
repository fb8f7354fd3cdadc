/** Who waits for an administrator: first of all, with the two answers. */
import { CurlButton } from "../copy.js";
import { choose, waiting } from "../state.js";
import { ApproveButton, approving, RejectButton, rejecting } from "./decisions.js";

/** The others are in the list. */
const mostShown = 20;

export function Pending() {
  const all = waiting.value;
  if (all.length === 0) return null;
  return (
    <section class="pending" aria-label="Waiting for approval">
      <h2>
        Waiting for approval <span class="badge">{all.length.toLocaleString("en")}</span>
      </h2>
      <ul>
        {all.slice(0, mostShown).map(({ key, approvalAsked, connected }) => (
          <li key={key} class="card" data-key={key}>
            <button type="button" class="link-like" onClick={() => choose(key)}>
              {key}
            </button>
            <p class="faint">
              {approvalAsked}
              {!connected && " It is away now."}
            </p>
            <div class="doing">
              <ApproveButton of={key} />
              <RejectButton of={key} />
              <CurlButton about={key} of={() => [approving(key), rejecting(key)]} />
            </div>
          </li>
        ))}
      </ul>
      {all.length > mostShown && (
        <p class="faint">{(all.length - mostShown).toLocaleString("en")} more are at the top of the list.</p>
      )}
    </section>
  );
}
