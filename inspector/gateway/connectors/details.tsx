/** One registration: how it stands, what it can do, and a place to try that. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { GatewayRegistration } from "../../../src/gateway/gateway.js";
import { standing } from "../state.js";
import { AppPanel } from "./app-panel.js";
import type { Call } from "./calls.js";
import { type Capabilities, knownOf, learn, type ToolTold } from "./capabilities.js";
import { Decisions } from "./decisions.js";
import { History } from "./history.js";
import { TryIt } from "./try-it.js";
import { callableOf, rewrite } from "./writing.js";

/** The tool that is chosen, by the key of the registration. */
const chosenTools = signal<ReadonlyMap<string, string>>(new Map());
const chooseTool = (key: string, name: string): void => {
  chosenTools.value = new Map(chosenTools.value).set(key, name);
};

function Standing({ one }: { readonly one: GatewayRegistration }) {
  const { tone, words } = standing(one);
  return (
    <section class="panel standing" aria-label="State">
      <h2>{one.key}</h2>
      <p>
        <span class="dot" data-tone={tone} /> <strong>{words}</strong>
        {one.displayName !== one.key.split(".").at(-1) && <span class="faint"> · {one.displayName}</span>}
        {one.openExecutes > 0 && <span class="faint"> · {one.openExecutes} requests open</span>}
      </p>
      {one.approvalAsked !== null && <p>{one.approvalAsked}</p>}
      {one.refused !== null && <p class="problem">Its connector does not come back: {one.refused}</p>}
      <p class="faint mono">{one.arn}</p>
      <Decisions one={one} />
    </section>
  );
}

function Tools({
  of,
  told,
  chosen,
}: {
  readonly of: string;
  readonly told: Capabilities;
  readonly chosen: ToolTold | undefined;
}) {
  if (!chosen) return null;
  return (
    <section class="panel tools" aria-label="Tools">
      <h2>Tools</h2>
      <ul>
        {told.tools.map(({ name, description }) => (
          <li key={name}>
            <button type="button" aria-pressed={name === chosen.name} onClick={() => chooseTool(of, name)}>
              <strong>{name}</strong> <span class="faint">{description.split("\n")[0]}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Schemas({ tool }: { readonly tool: ToolTold }) {
  return (
    <details class="schemas">
      <summary>Schemas</summary>
      {(["parameters", "result"] as const).map((part) => (
        <div key={part}>
          <h3>{part}</h3>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled can be reached by the keyboard */}
          <pre tabIndex={0}>
            {tool[part] === null
              ? "none, or more than the gateway keeps"
              : JSON.stringify(tool[part], null, 2)}
          </pre>
        </div>
      ))}
    </details>
  );
}

function Trying({ of, told }: { readonly of: string; readonly told: Capabilities }) {
  const callable = callableOf(of, told, chosenTools.value.get(of));
  const { tool } = callable;
  const edit = ({ body }: Call): void => {
    const again = callableOf(of, told, body.capabilityId);
    if (body.capabilityId !== undefined) chooseTool(of, body.capabilityId);
    rewrite(again, body);
    // The form is drawn anew before it can have the focus.
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(".try input, .try textarea, .try select")?.focus(),
    );
  };
  return (
    <div class="trying">
      <div>
        <Tools of={of} told={told} chosen={tool} />
        <section class="panel" aria-label="Try it">
          <h2>{tool ? tool.name : "Send a request"}</h2>
          {tool && <p class="about">{tool.description}</p>}
          {tool && <Schemas tool={tool} />}
          <TryIt key={callable.place} registration={of} callable={callable} />
        </section>
      </div>
      <History of={of} onEdit={edit} />
    </div>
  );
}

export function Details({ one }: { readonly one: GatewayRegistration }) {
  const { key, connected } = one;
  const tools = one.tools.join("\n");
  useEffect(() => {
    void learn(one);
    // Not with each change of the registration, such as the number of its open requests.
  }, [key, connected, tools]);
  const known = knownOf(key);
  return (
    <>
      <Standing one={one} />
      {known?.capabilities?.apps?.map((app, i) => (
        <AppPanel key={`${key} ${i}`} of={key} app={app} />
      ))}
      {known?.capabilities ? (
        <Trying of={key} told={known.capabilities} />
      ) : (
        <p class="nothing">{known?.problem || "What it can do is known when it has been connected."}</p>
      )}
    </>
  );
}
