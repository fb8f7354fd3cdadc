/** What the words mean, and what the keys do. */
import { signal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { views } from "../views.js";
import { glossary } from "./glossary.js";

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
      aria-label="Words and keys"
      title="Words and keys (?)"
      onClick={() => {
        isHelpOpen.value = true;
      }}
    >
      ?
    </button>
  );
}

interface HelpProps {
  readonly keys?: typeof inspectorKeys;
  readonly words?: typeof glossary;
}

export function Help({ keys = inspectorKeys, words = glossary }: HelpProps) {
  const box = useRef<HTMLDialogElement>(null);
  const isOpen = isHelpOpen.value;
  useLayoutEffect(() => {
    if (!isOpen) return box.current?.close();
    box.current?.showModal();
    // The focus goes to the button at the end, and takes the view with it.
    box.current?.scrollTo(0, 0);
  }, [isOpen]);
  return (
    <dialog
      ref={box}
      aria-label="Words and keys"
      onClose={() => {
        isHelpOpen.value = false;
      }}
    >
      <h2>Words</h2>
      <dl class="words-list">
        {words.map(([word, meaning]) => (
          <div key={word}>
            <dt>{word}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
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
