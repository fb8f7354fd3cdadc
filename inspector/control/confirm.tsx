/** Says what will happen before it does. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { asking, confirm } from "./control.js";

export function Confirm() {
  const box = useRef<HTMLDialogElement>(null);
  const { value } = asking;
  /** What the dialog was opened for: it says late that it was closed, when it may be about something else, or open again. */
  const shown = useRef(value);
  useLayoutEffect(() => {
    if (value) shown.current = value;
    if (value) box.current?.showModal();
    else box.current?.close();
  }, [value]);
  const whom = value?.key ?? "the runtime";
  return (
    <dialog
      ref={box}
      class="confirm"
      aria-labelledby="confirm-title"
      aria-describedby="confirm-says"
      onClose={() => {
        if (asking.value === shown.current && !box.current?.open) asking.value = undefined;
      }}
    >
      {value && (
        <>
          <h2 id="confirm-title">
            {value.command.name === "retryNow" ? `Retry ${whom} now?` : `${value.command.label} ${whom}?`}
          </h2>
          <div id="confirm-says">
            {value.command.says.map((words) => (
              <p key={words}>{words}</p>
            ))}
            <p class="faint">The journal and the log will say that this page asked for it.</p>
          </div>
          <div class="confirm-buttons">
            <button type="button" onClick={() => box.current?.close()}>
              Cancel
            </button>
            <button
              type="button"
              class={value.command.isGrave ? "grave" : "plain-yes"}
              onClick={() => void confirm()}
            >
              {value.command.label}
            </button>
          </div>
        </>
      )}
    </dialog>
  );
}
