/** The ways into the past: what runs, a file that is chosen, a file that is dropped. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { kept } from "./keep.js";
import { openFile, openRuntime, past, problem, reading } from "./past-state.js";

const fileIn = (event: DragEvent): File | undefined => event.dataTransfer?.files[0];

export function Ways() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <fieldset class="ways-in" aria-label="Recordings">
      <button
        type="button"
        disabled={past.value?.kind === "runtime"}
        title="What this runtime has recorded (l)"
        onClick={() => void openRuntime()}
      >
        Look back
      </button>
      <button
        type="button"
        title="A file of mooring record; or drop it on the page"
        onClick={() => input.current?.click()}
      >
        Open…
      </button>
      <a
        class="button"
        href="recording?whole"
        download="mooring.recording.jsonl"
        title="What this runtime has recorded, as a file"
      >
        Save
      </a>
      <input
        ref={input}
        type="file"
        class="hidden"
        aria-label="A recording"
        tabIndex={-1}
        accept=".jsonl,.json,.ndjson,.txt"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          if (file) void openFile(file);
          currentTarget.value = "";
        }}
      />
    </fieldset>
  );
}

/** A file over the page; what is not dropped on a field of the browser's own would be opened in place of the page. */
export function Drop() {
  const isOver = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      isOver.value = true;
    };
    const out = (event: DragEvent): void => {
      if (event.relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent): void => {
      const file = fileIn(event);
      isOver.value = false;
      if (!file) return;
      event.preventDefault();
      void openFile(file);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", out);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", out);
      removeEventListener("drop", drop);
    };
  }, [isOver]);
  return isOver.value ? (
    <div class="drop-here">Drop the recording to look at it. It stays in this browser.</div>
  ) : null;
}

/** What is on its way, what went wrong, and what was copied. */
export function Notices() {
  const { value } = reading;
  return (
    <>
      {value && (
        <div class="notice" role="status">
          <span>
            Reading {value.name}: {Math.round(value.part * 100)} %
          </span>
          <progress value={value.part} max={1} aria-label={`Reading ${value.name}`} />
        </div>
      )}
      {problem.value !== undefined && (
        <div class="notice bad" role="alert">
          <span>{problem.value}</span>
          <button
            type="button"
            onClick={() => {
              problem.value = undefined;
            }}
          >
            Close
          </button>
        </div>
      )}
      {kept.value && (
        <div
          class={`notice ${kept.value.isGood ? "good" : "bad"}`}
          role={kept.value.isGood ? "status" : "alert"}
        >
          <span>{kept.value.words}</span>
          <button
            type="button"
            onClick={() => {
              kept.value = undefined;
            }}
          >
            Close
          </button>
        </div>
      )}
    </>
  );
}
