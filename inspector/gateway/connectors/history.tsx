/** The calls of one connector, each with its answer, how long it took, and what went wrong. */
import { clock, duration } from "../../parts/words.js";
import { Copy, CurlButton } from "../copy.js";
import { actionOf, type Call, calls, run, takeBack } from "./calls.js";

const longest = 20_000;

const inJson = (value: unknown): string => JSON.stringify(value, null, 2) ?? "";

function isBytes(value: unknown): value is { readonly base64: string } {
  const names = typeof value === "object" && value !== null ? Object.keys(value) : [];
  return names.join() === "base64";
}

function answerText(payload: unknown): string {
  if (isBytes(payload)) return `${payload.base64}\n(bytes that are no JSON, in base64)`;
  const text = inJson(payload);
  const rest = text.length - longest;
  return rest > 0
    ? `${text.slice(0, longest)}\n… ${rest.toLocaleString("en")} characters more: Copy has all`
    : text;
}

const tones = { running: "wait", answered: "good", failed: "bad" } as const;

function timesOf({ outcome, tookMs, handlerMs }: Call): string {
  if (outcome === "running" || tookMs === undefined) return "running…";
  const inHandler = handlerMs === undefined ? "" : `, ${duration(handlerMs)} in the handler`;
  return `${duration(tookMs)}${inHandler}`;
}

function Entry({ call, onEdit }: { readonly call: Call; readonly onEdit: (call: Call) => void }) {
  const { body, outcome, error, payload, number, key } = call;
  const name = body.capabilityId ?? "request";
  return (
    <li class="call" data-outcome={outcome}>
      <p class="call-head">
        <span class="dot" data-tone={tones[outcome]} />
        <strong>{name}</strong>
        <span class="faint">
          {clock(call.at)} · {timesOf(call)}
        </span>
      </p>
      {error !== "" && <p class="call-error">{error}</p>}
      <details>
        <summary>Sent</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled can be reached by the keyboard */}
        <pre tabIndex={0}>{inJson(body.payload)}</pre>
      </details>
      {outcome === "answered" && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled can be reached by the keyboard
        <pre class="answer" tabIndex={0}>
          {answerText(payload)}
        </pre>
      )}
      <div class="doing">
        {outcome === "running" && (
          <button type="button" onClick={() => takeBack(number)}>
            Take back
          </button>
        )}
        <button type="button" aria-label={`Edit call ${number}`} onClick={() => onEdit(call)}>
          Edit
        </button>
        <button type="button" aria-label={`Run again call ${number}`} onClick={() => void run(key, body)}>
          Run again
        </button>
        {outcome === "answered" && (
          <Copy text={() => inJson(payload)} label={`Copy the answer of call ${number}`}>
            Copy
          </Copy>
        )}
        <CurlButton about={`call ${number}`} of={() => [{ name, action: actionOf(call) }]} />
      </div>
    </li>
  );
}

export function History({ of, onEdit }: { readonly of: string; readonly onEdit: (call: Call) => void }) {
  const shown = calls.value.filter(({ key }) => key === of);
  return (
    <section class="history panel" aria-label="Calls">
      <h2>Calls</h2>
      {shown.length === 0 && <p class="faint">None yet. They are kept while this page is open.</p>}
      <ol>
        {shown.map((call) => (
          <Entry key={call.number} call={call} onEdit={onEdit} />
        ))}
      </ol>
    </section>
  );
}
