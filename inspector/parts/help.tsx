/** What the keys do. */
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { views } from "../views.js";

export const isHelpOpen = signal(false);

const inspectorKeys: readonly (readonly [string, string])[] = [
  [views.map((_, place) => place + 1).join(", "), views.map(([, words]) => words).join(", ")],
  ["/", "Search"],
  ["Up, Down, Home, End", "Move in a list; Enter opens what is marked"],
  ["+, -", "Chart, Sequence: larger, smaller"],
  ["0", "Chart: all of it"],
  ["f", "Chart: go along with the active states"],
  ["Arrow keys", "Chart: move, when it has the focus"],
  ["Tab", "Chart: the active states, with what they mean"],
  ["l", "Look back at what this runtime has recorded; back to live"],
  ["Left, Right", "Past: step back, step forward"],
  ["Home, End", "Past: its beginning, its end"],
  ["p", "Past: play, pause"],
  ["n", "Past: the next fault"],
  ["m", "Past: pin this moment; of two, what differs is shown"],
  ["Esc", "Let go of the chosen edge; close this"],
  ["?", "This"],
];

export function HelpButton() {
  return (
    <button
      type="button"
      aria-label="Keys"
      title="Keys (?)"
      onClick={() => {
        isHelpOpen.value = true;
      }}
    >
      ?
    </button>
  );
}

export function Help({ keys = inspectorKeys }: { readonly keys?: typeof inspectorKeys }) {
  const box = useRef<HTMLDialogElement>(null);
  const isOpen = isHelpOpen.value;
  useLayoutEffect(() => {
    if (isOpen) box.current?.showModal();
    else box.current?.close();
  }, [isOpen]);
  return (
    <dialog
      ref={box}
      aria-label="Keys"
      onClose={() => {
        isHelpOpen.value = false;
      }}
    >
      <h2>Keys</h2>
      <dl class="keys">
        {keys.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <form method="dialog">
        <button type="submit">Close</button>
      </form>
    </dialog>
  );
}
