/** One-time tokens: issue one and copy it; which there are, without the tokens themselves. */
import { signal, useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { ListedToken } from "../../../src/gateway-page/told.js";
import { age, clock } from "../../parts/words.js";
import { issueToken } from "../ask.js";
import { Copy, CurlButton } from "../copy.js";
import { act } from "../doing.js";
import { tokens } from "../state.js";

interface Issued {
  readonly token: string;
  readonly expires_at: string;
}

/** The newest, to be copied. It is never drawn, and gone when the page is. */
const issued = signal<{ readonly of: string; readonly body: Issued } | undefined>(undefined);

const owner = signal({ tenantId: "", connectorType: "", instanceId: "", minutes: "10" });

const labels = {
  tenantId: "Tenant",
  connectorType: "Type of connector",
  instanceId: "Instance; empty: any, once",
  minutes: "Counts for so many minutes",
} as const;

function bodyOf({ tenantId, connectorType, instanceId, minutes }: typeof owner.value) {
  return {
    tenantId: tenantId.trim(),
    connectorType: connectorType.trim(),
    ...(instanceId.trim() === "" ? {} : { instanceId: instanceId.trim() }),
    ttlMs: Math.round(Number(minutes) * 60_000),
  };
}

const nameOf = ({ tenantId, connectorType, instanceId }: Omit<ListedToken, "expiresAt" | "used">): string =>
  `${tenantId}.${connectorType}${instanceId === undefined ? ", any instance" : `.${instanceId}`}`;

function IssueForm() {
  const body = useComputed(() => bodyOf(owner.value));
  const issuing = () => ({ name: "Issue a one-time token", action: issueToken(body.value) });
  const issue = async () => {
    const of = nameOf(body.value);
    const answer = await act(issuing(), () => `A one-time token for ${of} is issued. Copy it below.`);
    if (answer.isDone) issued.value = { of, body: answer.body as Issued };
  };
  return (
    <form
      class="panel"
      aria-label="Issue a one-time token"
      onSubmit={(event) => {
        event.preventDefault();
        void issue();
      }}
    >
      <h2>Issue a one-time token</h2>
      <p class="about">
        It becomes credentials, once: the connector that has it need not be approved, and keeps its identity.
      </p>
      {(Object.keys(labels) as (keyof typeof labels)[]).map((name) => (
        <div class="field" key={name}>
          <label for={name}>{labels[name]}</label>
          <input
            id={name}
            autocomplete="off"
            spellcheck={false}
            required={name !== "instanceId"}
            inputMode={name === "minutes" ? "decimal" : undefined}
            value={owner.value[name]}
            onInput={({ currentTarget }) => {
              owner.value = { ...owner.value, [name]: currentTarget.value };
            }}
          />
        </div>
      ))}
      <div class="doing">
        <button type="submit" class="main">
          Issue
        </button>
        <CurlButton about="issuing a token" of={() => [issuing()]} />
      </div>
    </form>
  );
}

function NewToken() {
  const { value } = issued;
  if (!value) return null;
  const { of, body } = value;
  return (
    <section class="panel card" aria-label="The token that was issued">
      <h2>For {of}</h2>
      <p class="about">
        It counts until {clock(Date.parse(body.expires_at))}. It is not shown here, and cannot be copied any
        more when this page is closed.
      </p>
      <div class="doing">
        <Copy text={() => body.token} label="Copy token">
          Copy token
        </Copy>
        <Copy text={() => JSON.stringify(body, null, 2)} label="Copy as file that connectors read">
          Copy as file
        </Copy>
        <Copy
          text={() => `STRIKE48_REGISTRATION_TOKEN=${body.token}`}
          label="Copy as variable of the environment"
        >
          Copy as variable
        </Copy>
        <button
          type="button"
          onClick={() => {
            issued.value = undefined;
          }}
        >
          Forget it
        </button>
      </div>
    </section>
  );
}

function standingOf({ used, expiresAt }: ListedToken, now: number): readonly [tone: string, words: string] {
  if (used) return ["good", "used"];
  return expiresAt <= now ? ["off", "expired"] : ["wait", `counts for ${age(expiresAt - now)}`];
}

/** What nobody can use any more is looked at seldom. */
const mostShown = 200;

function Listed() {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  const newest = tokens.value.slice(-mostShown).reverse();
  return (
    <section class="panel listed-tokens" aria-label="Issued tokens">
      <h2>Issued in the last hour</h2>
      {newest.length === 0 && <p class="faint">None. An approval issues one, too.</p>}
      <ul>
        {newest.map((token, at) => {
          const [tone, words] = standingOf(token, now.value);
          return (
            <li key={`${newest.length - at} ${nameOf(token)}`}>
              <span class="dot" data-tone={tone} />
              <span>{nameOf(token)}</span>
              <span class="faint">{words}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function TokensView() {
  return (
    <main class="tokens">
      <div>
        <IssueForm />
        <NewToken />
      </div>
      <Listed />
    </main>
  );
}
