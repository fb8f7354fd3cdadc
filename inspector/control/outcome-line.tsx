/** Below the head: what came of the last thing that was asked. */
import { clock } from "../parts/words.js";
import { outcome } from "./control.js";

export function OutcomeLine() {
  const { value } = outcome;
  if (!value) return null;
  const { command, key = "the runtime", at, refusal } = value;
  const isRefused = refusal !== undefined;
  return (
    <p class="outcome" role={isRefused ? "alert" : "status"} data-refused={isRefused}>
      <span>
        {clock(at)} {command.label} {key}: {refusal ?? "asked"}
      </span>
      <button
        type="button"
        onClick={() => {
          outcome.value = undefined;
        }}
      >
        Dismiss
      </button>
    </p>
  );
}
