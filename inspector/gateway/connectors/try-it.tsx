/** Calls a tool, or a connector that answers requests: by a form made from the schema, or as JSON or text. */
import { useSignal } from "@preact/signals";
import { CurlButton } from "../copy.js";
import type { Problems } from "../form/draft.js";
import { AnyField } from "../form/form.js";
import { actionOf, run } from "./calls.js";
import { bodyIn, type Callable, inMode, type Mode, type Writing, write, writingOf } from "./writing.js";

interface Props {
  readonly registration: string;
  readonly callable: Callable;
}

const modeWords: Readonly<Record<Mode, string>> = { form: "Form", json: "JSON", text: "Text" };

function modesOf({ field, tool }: Callable): readonly Mode[] {
  const form: readonly Mode[] = field && field.kind !== "json" ? ["form"] : [];
  return [...form, "json", ...(tool ? [] : (["text"] as const))];
}

function Modes({ callable, writing }: { readonly callable: Callable; readonly writing: Writing }) {
  const why = useSignal("");
  const change = (mode: Mode) => {
    const changed = mode === writing.mode ? writing : inMode(callable, writing, mode);
    why.value = typeof changed === "string" ? changed : "";
    if (typeof changed !== "string") write(callable, changed);
  };
  return (
    <div class="modes">
      {modesOf(callable).map((mode) => (
        <button key={mode} type="button" aria-pressed={mode === writing.mode} onClick={() => change(mode)}>
          {modeWords[mode]}
        </button>
      ))}
      <span class="problem" role="status">
        {why.value}
      </span>
    </div>
  );
}

function Raw({ callable, writing, problems }: Omit<Props, "registration"> & Written) {
  const problem = problems.get("");
  const about = writing.mode === "text" ? "Payload, sent as a JSON text" : "JSON";
  return (
    <div class="field">
      <label for="raw">{callable.isEnveloped ? "Parameters as JSON" : about}</label>
      <textarea
        id="raw"
        rows={8}
        spellcheck={false}
        data-kind={writing.mode}
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : "raw-problem"}
        value={writing.text}
        onInput={({ currentTarget }) => write(callable, { ...writing, text: currentTarget.value })}
      />
      {problem !== undefined && (
        <p class="problem" id="raw-problem">
          {problem}
        </p>
      )}
    </div>
  );
}

interface Written {
  readonly writing: Writing;
  readonly problems: Problems;
}

function Around({ callable, writing, problems }: Omit<Props, "registration"> & Written) {
  const entry = (id: "context" | "timeout", label: string, rest: object) => (
    <div class="field">
      <label for={id}>{label}</label>
      {id === "context" ? (
        <textarea
          id={id}
          rows={2}
          spellcheck={false}
          value={writing[id]}
          onInput={({ currentTarget }) => write(callable, { ...writing, [id]: currentTarget.value })}
          {...rest}
        />
      ) : (
        <input
          id={id}
          inputMode="numeric"
          autocomplete="off"
          value={writing[id]}
          onInput={({ currentTarget }) => write(callable, { ...writing, [id]: currentTarget.value })}
          {...rest}
        />
      )}
      {problems.has(id) && <p class="problem">{problems.get(id)}</p>}
    </div>
  );
  return (
    <details class="around">
      <summary>Context and time limit</summary>
      {entry("context", "Context, name=value in lines", {})}
      {entry("timeout", "Time limit in ms", { placeholder: "30000" })}
    </details>
  );
}

export function TryIt({ registration, callable }: Props) {
  const writing = writingOf(callable);
  const { field } = callable;
  const tried = useSignal(false);
  const problems: Problems = new Map();
  const body = bodyIn(callable, writing, problems);
  const shown: Problems = tried.value ? problems : new Map();
  const submit = () => {
    tried.value = problems.size > 0;
    if (problems.size === 0) void run(registration, body);
  };
  return (
    <form
      class="try"
      aria-label={callable.tool ? `Call ${callable.tool.name}` : "Send a request"}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        submit();
      }}
      noValidate
    >
      <Modes callable={callable} writing={writing} />
      {writing.mode === "form" && field && writing.draft ? (
        <AnyField
          field={field}
          draft={writing.draft}
          isRequired={true}
          label="parameters"
          id="parameters"
          path=""
          problems={shown}
          onChange={(draft) => write(callable, { ...writing, draft })}
        />
      ) : (
        <Raw callable={callable} writing={writing} problems={shown} />
      )}
      <Around callable={callable} writing={writing} problems={shown} />
      <div class="doing">
        <button type="submit" class="main">
          Run
        </button>
        <CurlButton
          about={callable.tool?.name ?? "this request"}
          of={() => [
            { name: callable.tool?.name ?? "Request", action: actionOf({ key: registration, body }) },
          ]}
        />
        {shown.size > 0 && (
          <span class="problem" role="alert">
            {[...shown].map(([path, words]) => `${path === "" ? "value" : path} ${words}`).join("; ")}
          </span>
        )}
      </div>
    </form>
  );
}
