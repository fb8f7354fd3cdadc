/** In the head: whether this page may do more than watch, and what it may ask of the runtime as a whole. */
import { drain } from "./commands.js";
import { asking, mayControl } from "./control.js";

export function ControlBadge() {
  const { value } = mayControl;
  if (value === undefined) return null;
  if (!value)
    return (
      <p
        class="control-badge"
        data-on={false}
        title="Start with --inspect --control to control the runtime from here"
      >
        Read-only
      </p>
    );
  return (
    <>
      <p
        class="control-badge"
        data-on={true}
        title="What is asked for on this page changes the running runtime"
      >
        Control is on
      </p>
      <button
        type="button"
        class="grave"
        data-command="drain"
        onClick={() => {
          asking.value = { command: drain, key: undefined };
        }}
      >
        {drain.label} the runtime…
      </button>
    </>
  );
}
