/** Says plainly that the past is shown, of what and when; and leads through it. */
import { signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { spoken } from "../parts/words.js";
import { densityOf } from "./density.js";
import { Differences } from "./differences.js";
import { copyAsTest } from "./keep.js";
import { goLive, isPlaying, lastStep, type Past, past, position } from "./past-state.js";
import { pin, pinned } from "./pins.js";
import { speed, speeds, togglePlaying } from "./play.js";
import {
  keyLookedAt,
  type Stride,
  stepBy,
  strides,
  toBeginning,
  toEnd,
  toFirstFault,
  toNextFault,
} from "./steps.js";
import { Track } from "./track.js";
import { moment } from "./words.js";

export const stride = signal<Stride>("step");

function Banner({ opened }: { readonly opened: Past }) {
  const { step, at } = position.value;
  const { store } = opened.loaded;
  const { unknown } = opened.source.fleet;
  const last = lastStep.value;
  return (
    <p class="banner" role="status">
      <strong>Past of {opened.name}</strong> <time>{moment(at)}</time>{" "}
      <span class="faint">
        event {(step + 1).toLocaleString("en")} of {store.length.toLocaleString("en")}
        {last && `: ${spoken(last.event)} at ${last.actor.address}`}
        {unknown > 0 &&
          `; ${unknown.toLocaleString("en")} registrations are not known yet: their steps were not kept`}
      </span>
    </p>
  );
}

/** Fonts may lack the signs of players. */
const Icon = ({ path }: { readonly path: string }) => (
  <svg class="icon" viewBox="0 0 14 14" aria-hidden="true">
    <path d={path} />
  </svg>
);

interface ButtonProps {
  readonly title: string;
  readonly act: () => void;
  readonly children: ComponentChildren;
  readonly isPressed?: boolean;
  readonly isOff?: boolean;
  readonly label?: string;
}

const Button = ({ title, act, children, isPressed, isOff = false, label }: ButtonProps) => (
  <button
    type="button"
    title={title}
    aria-label={label}
    aria-pressed={isPressed}
    disabled={isOff}
    onClick={act}
  >
    {children}
  </button>
);

function Strides() {
  return (
    <label>
      <span class="hidden">Step by</span>
      <select
        value={stride.value}
        onChange={({ currentTarget }) => {
          stride.value = strides.find(([name]) => name === currentTarget.value)?.[0] ?? "step";
        }}
      >
        {strides.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

function Speeds() {
  return (
    <label>
      <span class="hidden">Speed</span>
      <select
        value={speed.value}
        onChange={({ currentTarget }) => {
          speed.value = Number(currentTarget.value);
        }}
      >
        {speeds.map((one) => (
          <option key={one} value={one}>
            {one.toLocaleString("en")}×
          </option>
        ))}
      </select>
    </label>
  );
}

function Controls({ opened }: { readonly opened: Past }) {
  const { faultCount } = densityOf(opened);
  const key = keyLookedAt();
  return (
    <div class="past-controls" role="toolbar" aria-label="Moments">
      <Button title="Beginning (Home)" label="Beginning" act={toBeginning}>
        <Icon path="M2 2h2v10h-2zM12 2v10L5 7z" />
      </Button>
      <Button title="Step back (Left)" label="Step back" act={() => stepBy(-1, stride.value)}>
        <Icon path="M11 2v10L3 7z" />
      </Button>
      <Button title="Step forward (Right)" label="Step forward" act={() => stepBy(1, stride.value)}>
        <Icon path="M3 2v10L11 7z" />
      </Button>
      <Button title="End (End)" label="End" act={toEnd}>
        <Icon path="M10 2h2v10h-2zM2 2v10L9 7z" />
      </Button>
      <Strides />
      <Button title="Play (p)" act={togglePlaying} isPressed={isPlaying.value}>
        {isPlaying.value ? "Pause" : "Play"}
      </Button>
      <Speeds />
      <Button title="The first that went wrong" isOff={faultCount === 0} act={toFirstFault}>
        First fault
      </Button>
      <Button title="The next that went wrong (n)" isOff={faultCount === 0} act={toNextFault}>
        Next fault
      </Button>
      <Button title="Pin this moment (m): of two, what differs is shown" act={pin}>
        {pinned.value.length === 1 ? "Pin second" : "Pin"}
      </Button>
      <Button
        title={`A Vitest file of this moment, of ${key ?? "all registrations"}`}
        act={() => void copyAsTest(key)}
      >
        Copy as test
      </Button>
    </div>
  );
}

export function PastBar() {
  const opened = past.value;
  if (!opened) return null;
  return (
    <section class="past" aria-label="Past">
      <div class="past-head">
        <Banner opened={opened} />
        <button type="button" class="live" title="Back to what is live (l)" onClick={goLive}>
          Live
        </button>
      </div>
      <Track opened={opened} />
      <Controls opened={opened} />
      <Differences />
    </section>
  );
}
