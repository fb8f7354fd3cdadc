/** What may be asked of the chosen registration, where this page may ask. */
import { frame, live, source } from "../page-state.js";
import { ofRegistration } from "./commands.js";
import { asking, mayControl } from "./control.js";

/** For a registration, and for what it runs. */
export function ControlPanel({ address }: { readonly address: string }) {
  frame.value;
  const [name = ""] = address.split("/");
  const row = live.fleet.row(name);
  if (!mayControl.value || !row || source.value !== live) return null;
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
    </section>
  );
}
