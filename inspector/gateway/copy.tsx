/** Buttons that copy, and the place where commands are shown. */
import { useSignal } from "@preact/signals";
import { curlOf } from "./curl.js";
import { type NamedAction, shownCurls } from "./doing.js";
import { facts } from "./state.js";

interface CopyProps {
  readonly text: () => string;
  readonly label: string;
  readonly children: string;
}

export function Copy({ text, label, children }: CopyProps) {
  const outcome = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      outcome.value = "copied";
    } catch {
      outcome.value = "the browser does not let this page copy";
    }
  };
  return (
    <span class="copy">
      <button type="button" aria-label={label} onClick={() => void copy()}>
        {children}
      </button>
      <span class="copied" role="status">
        {outcome.value}
      </span>
    </span>
  );
}

/** Shows the commands that do the same as what is beside it. */
export function CurlButton({
  of,
  about,
}: {
  readonly of: () => readonly NamedAction[];
  readonly about: string;
}) {
  return (
    <button
      type="button"
      class="quiet"
      aria-label={`curl for ${about}`}
      onClick={() => {
        shownCurls.value = of();
      }}
    >
      curl
    </button>
  );
}

export function Curls() {
  if (shownCurls.value.length === 0) return null;
  return (
    <section class="curls" aria-label="Commands">
      {shownCurls.value.map(({ name, action }) => {
        const command = curlOf(action, facts.value);
        return (
          <div class="curl" key={`${name} ${command}`}>
            <span class="curl-name">{name}</span>
            <code>{command}</code>
            <Copy text={() => command} label={`Copy the command: ${name}`}>
              Copy
            </Copy>
          </div>
        );
      })}
      <button
        type="button"
        onClick={() => {
          shownCurls.value = [];
        }}
      >
        Close
      </button>
    </section>
  );
}
