/** What may be asked of the chosen registration, where this page may ask. */
import { fleet, frame } from "../page-state.js";
import { clock } from "../parts/words.js";
import { ofRegistration } from "./commands.js";
import { asking, mayControl, outcome } from "./control.js";

/** What came of the last thing that was asked. */
export function OutcomeLine({ about }: { readonly about: string | undefined }) {
  const { value } = outcome;
  if (!value || value.key !== about) return null;
  const { command, at, refusal } = value;
  return (
    <p class="outcome" role={refusal === undefined ? "status" : "alert"} data-refused={refusal !== undefined}>
      {refusal === undefined
        ? `${command.label}: asked at ${clock(at)}`
        : `${command.label} was refused: ${refusal}`}
    </p>
  );
}

/** For a registration, and for what it runs. */
export function ControlPanel({ address }: { readonly address: string }) {
  frame.value;
  const [name = ""] = address.split("/");
  const row = fleet.rows.get(name);
  if (!mayControl.value || !row) return null;
  return (
    <section class="panel control" aria-label="Control">
      <h2>Control</h2>
      <div class="control-buttons">
        {ofRegistration.map((command) => {
          const why = command.pointless?.(row.state, row.tone === "off");
          return (
            <button
              key={command.name}
              type="button"
              data-command={command.name}
              disabled={why !== undefined}
              title={why}
              class={command.isGrave ? "grave" : undefined}
              onClick={() => {
                asking.value = { command, key: name };
              }}
            >
              {command.label}…
            </button>
          );
        })}
      </div>
      <OutcomeLine about={name} />
    </section>
  );
}
