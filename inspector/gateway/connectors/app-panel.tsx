/** An app of the chosen connector, in a frame that reaches the app's own pages alone. */
import { useSignal } from "@preact/signals";
import { placeOfApp } from "../ask.js";
import { act } from "../doing.js";
import type { AppTold } from "./capabilities.js";

export function AppPanel({ of, app }: { readonly of: string; readonly app: AppTold }) {
  const address = useSignal<string | undefined>(undefined);
  const { name, entryPath } = app;
  const open = async () => {
    const opening = { name: `Open ${name}`, action: placeOfApp(of) };
    const answer = await act(opening, () => `${name} is open.`);
    if (!answer.isDone) return;
    const { path } = answer.body as { readonly path: string };
    address.value = `${path}${entryPath.startsWith("/") ? "" : "/"}${entryPath}`;
  };
  const close = () => {
    address.value = undefined;
  };
  return (
    <section class="panel app" aria-label={`App ${name}`}>
      <h2>App: {name}</h2>
      <div class="doing">
        <button type="button" onClick={() => (address.value === undefined ? void open() : close())}>
          {address.value === undefined ? "Open" : "Close"} {name}
        </button>
        <span class="faint">
          in a sandbox: no cookies, no origin, and nothing but its own pages and WebSockets
        </span>
      </div>
      {address.value !== undefined && (
        <iframe
          title={name}
          sandbox="allow-scripts allow-forms allow-modals allow-downloads"
          src={address.value}
        />
      )}
    </section>
  );
}
