/** A form made from a schema's fields. It holds nothing: a draft goes in, a changed one comes out. */
import type { ComponentChildren } from "preact";
import { blank, type Draft, opened, type Problems, typed } from "./draft.js";
import type { ChoiceField, Field, GroupField, ListField, Part, YesNoField } from "./field.js";

interface Props<One extends Field = Field> {
  readonly field: One;
  readonly draft: Draft;
  readonly isRequired: boolean;
  /** One of a list: that it is there says that it is wanted. */
  readonly isEntry?: boolean;
  /** What people call it; undefined for all of the form. */
  readonly label: string;
  /** Unique in the page; with the path in it. */
  readonly id: string;
  readonly path: string;
  readonly problems: Problems;
  readonly onChange: (draft: Draft) => void;
}

const textOf = (draft: Draft): string => (draft.is === "typed" ? draft.text : "");

/** What belongs to a control: whether it is wrong, and what is said of it. */
function described({ id, path, problems, field }: Props) {
  const ids = [problems.has(path) ? `${id}-problem` : "", field.description ? `${id}-about` : ""];
  const said = ids.filter((one) => one !== "").join(" ");
  return { "aria-invalid": problems.has(path), ...(said ? { "aria-describedby": said } : {}) };
}

function Typed(props: Props) {
  const { field, draft, id, onChange } = props;
  const shared = {
    id,
    value: textOf(draft),
    disabled: draft.is === "null",
    spellcheck: false,
    ...described(props),
    onInput: ({ currentTarget }: { readonly currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
      onChange(typed(currentTarget.value)),
  };
  if (field.kind === "json" || (field.kind === "text" && field.isLong))
    return <textarea rows={field.kind === "json" ? 3 : 1} data-kind={field.kind} {...shared} />;
  const isNumber = field.kind === "number";
  return (
    <input
      // The kinds differ in what else they take, which is nothing here.
      type={(field.kind === "text" ? field.input : "text") as "text"}
      inputMode={isNumber ? "decimal" : undefined}
      autocomplete="off"
      {...shared}
    />
  );
}

const optionsOf = (field: ChoiceField | YesNoField): readonly string[] =>
  field.kind === "choice" ? field.options.map(({ label }) => label) : ["false", "true"];

function Picked(props: Props<ChoiceField | YesNoField>) {
  const { field, draft, id, isRequired, onChange } = props;
  const place = draft.is === "picked" ? draft.place : undefined;
  return (
    <select
      id={id}
      disabled={draft.is === "null"}
      value={place === undefined ? "" : String(place)}
      {...described(props)}
      onChange={({ currentTarget }) =>
        onChange({
          is: "picked",
          place: currentTarget.value === "" ? undefined : Number(currentTarget.value),
        })
      }
    >
      {(!isRequired || place === undefined) && (
        <option value="">{isRequired ? "choose…" : "left out"}</option>
      )}
      {optionsOf(field).map((label, at) => (
        <option key={`${at} ${label}`} value={String(at)}>
          {label}
        </option>
      ))}
    </select>
  );
}

function Items(props: Props<ListField> & { readonly items: readonly Draft[] }) {
  const { field, items, id, path, label, problems, onChange } = props;
  const put = (next: readonly Draft[]) => onChange({ is: "list", items: next });
  return (
    <>
      {items.map((item, at) => (
        <div class="item" key={at}>
          <AnyField
            field={field.item}
            draft={item}
            isRequired={true}
            isEntry={true}
            label={`${label} ${at + 1}`}
            id={`${id}.${at}`}
            path={path === "" ? `${at}` : `${path}.${at}`}
            problems={problems}
            onChange={(changed) => put(items.map((one, place) => (place === at ? changed : one)))}
          />
          <button
            type="button"
            aria-label={`Remove ${label} ${at + 1}`}
            onClick={() => put(items.filter((_, place) => place !== at))}
          >
            ×
          </button>
        </div>
      ))}
      <button
        type="button"
        disabled={items.length >= field.maxItems}
        onClick={() => put([...items, blank(field.item, true)])}
      >
        Add to {label}
      </button>
    </>
  );
}

function Parts(props: Props<GroupField> & { readonly drafts: readonly Draft[] }) {
  const { field, drafts, id, path, problems, onChange } = props;
  if (field.parts.length === 0) return <p class="faint">It takes nothing.</p>;
  const one = ({ name, field: inner, isRequired }: Part, at: number) => (
    <AnyField
      key={name}
      field={inner}
      draft={drafts[at] ?? blank(inner, isRequired)}
      isRequired={isRequired}
      label={name}
      id={`${id}.${name}`}
      path={path === "" ? name : `${path}.${name}`}
      problems={problems}
      onChange={(changed) =>
        onChange({ is: "group", parts: drafts.map((draft, place) => (place === at ? changed : draft)) })
      }
    />
  );
  return <>{field.parts.map(one)}</>;
}

/** A list or a group with its frame, or the button that adds one that may be left out. */
function Nested(props: Props<ListField | GroupField>) {
  const { field, draft, isRequired, label, onChange } = props;
  const inside =
    draft.is === "list" && draft.items && field.kind === "list" ? (
      <Items {...props} field={field} items={draft.items} />
    ) : draft.is === "group" && draft.parts && field.kind === "group" ? (
      <Parts {...props} field={field} drafts={draft.parts} />
    ) : undefined;
  if (props.path === "" && field.kind === "group") return <>{inside}</>;
  return (
    <fieldset>
      <legend>
        <Label {...props} />
      </legend>
      <About {...props} />
      {inside}
      {!inside && draft.is !== "null" && (
        <button type="button" onClick={() => onChange(opened(field))}>
          Add {label}
        </button>
      )}
      {inside && !isRequired && (
        <button
          type="button"
          class="quiet"
          onClick={() =>
            onChange(
              field.kind === "list" ? { is: "list", items: undefined } : { is: "group", parts: undefined },
            )
          }
        >
          Leave {label} out
        </button>
      )}
    </fieldset>
  );
}

function Label({ field, label, isRequired, isEntry = false }: Props): ComponentChildren {
  return (
    <>
      <span class="field-name">{label}</span>
      {field.title && field.title !== label && <span class="faint"> {field.title}</span>}
      {isRequired && !isEntry && <span class="faint"> required</span>}
    </>
  );
}

function About({ field, id, path, problems }: Props) {
  const problem = problems.get(path);
  return (
    <>
      {field.description && (
        <p class="about" id={`${id}-about`}>
          {field.description}
        </p>
      )}
      {field.kind === "json" && <p class="about">As JSON: {field.why}.</p>}
      {problem && (
        <p class="problem" id={`${id}-problem`}>
          {problem}
        </p>
      )}
    </>
  );
}

function NullSwitch({ field, draft, isRequired, label, onChange }: Props) {
  if (!field.isNullable) return null;
  return (
    <label class="null">
      <input
        type="checkbox"
        aria-label={`${label} is null`}
        checked={draft.is === "null"}
        onChange={({ currentTarget }) =>
          onChange(
            currentTarget.checked ? { is: "null" } : blank({ ...field, initial: undefined }, isRequired),
          )
        }
      />
      null
    </label>
  );
}

export function AnyField(props: Props) {
  const { field, id } = props;
  if (field.kind === "list" || field.kind === "group")
    return (
      <div class="field">
        <Nested {...props} field={field} />
        <NullSwitch {...props} />
      </div>
    );
  return (
    <div class="field">
      <label for={id}>
        <Label {...props} />
      </label>
      {field.kind === "choice" || field.kind === "yesno" ? (
        <Picked {...props} field={field} />
      ) : (
        <Typed {...props} />
      )}
      <NullSwitch {...props} />
      <About {...props} />
    </div>
  );
}
