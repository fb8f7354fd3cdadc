/** One fault: a switch, or a value that is put in force. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { FaultName } from "../../../src/gateway/faults.js";
import { setFaults } from "../ask.js";
import { CurlButton } from "../copy.js";
import { act } from "../doing.js";
import { faults } from "../state.js";
import { type KnownFault, knownFaults } from "./known-faults.js";

const unitWords = { times: "", ms: "ms", s: "s", number: "", text: "", switch: "" } as const;

const setting = (name: FaultName, value: unknown) => ({
  name: `Fault ${name}`,
  action: setFaults({ [name]: value }),
});

const put = (name: FaultName, value: unknown) =>
  act(setting(name, value), () => `${name} is ${JSON.stringify(value)} now.`);

/** Empty is what is quiet. */
function typedValue(text: string, { unit, quiet }: KnownFault): unknown {
  if (unit === "text") return text;
  const number = Number(text);
  return text.trim() === "" ? quiet : Number.isFinite(number) ? number : text;
}

function ValueRow({ name, known }: { readonly name: FaultName; readonly known: KnownFault }) {
  const current = String(faults.value?.[name] ?? "");
  const typed = useSignal(current);
  // A count goes down with each use.
  useEffect(() => {
    typed.value = current;
  }, [current]);
  const id = `fault-${name}`;
  return (
    <form
      class="fault-value"
      onSubmit={(event) => {
        event.preventDefault();
        void put(name, typedValue(typed.value, known));
      }}
    >
      <input
        id={id}
        aria-describedby={`${id}-about`}
        inputMode={known.unit === "text" ? "text" : "numeric"}
        autocomplete="off"
        value={typed.value}
        onInput={({ currentTarget }) => {
          typed.value = currentTarget.value;
        }}
      />
      <span class="unit">{unitWords[known.unit]}</span>
      <button type="submit" aria-label={`Set ${name}`} disabled={typed.value === current}>
        Set
      </button>
      {known.unit === "times" && (
        <button type="button" aria-label={`+1 ${name}`} onClick={() => void put(name, Number(current) + 1)}>
          +1
        </button>
      )}
      <CurlButton about={name} of={() => [setting(name, typedValue(typed.value, known))]} />
    </form>
  );
}

function SwitchRow({ name }: { readonly name: FaultName }) {
  const isOn = faults.value?.[name] === true;
  return (
    <div class="fault-value">
      <button
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-label={name}
        aria-describedby={`fault-${name}-about`}
        onClick={() => void put(name, !isOn)}
      >
        {isOn ? "on" : "off"}
      </button>
      <CurlButton about={name} of={() => [setting(name, !isOn)]} />
    </div>
  );
}

export function FaultRow({ name }: { readonly name: FaultName }) {
  const known: KnownFault = knownFaults[name];
  const isChanged = faults.value !== undefined && faults.value[name] !== known.quiet;
  const isSwitch = known.unit === "switch";
  return (
    <li class="fault" data-changed={isChanged} data-fault={name} data-unit={known.unit}>
      {isSwitch ? <span class="fault-name">{name}</span> : <label for={`fault-${name}`}>{name}</label>}
      {isSwitch ? <SwitchRow name={name} /> : <ValueRow name={name} known={known} />}
      <p class="about" id={`fault-${name}-about`}>
        {known.words}
      </p>
    </li>
  );
}
