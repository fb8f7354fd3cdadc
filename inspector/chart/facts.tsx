/** Where the chosen actor stands, and what its timers do. */
import { useComputed } from "@preact/signals";
import { now, source, status } from "../page-state.js";
import { clock, duration, saidIn } from "../parts/words.js";
import { copyAsTest } from "../past/keep.js";
import { past } from "../past/past-state.js";
import type { LookedActor } from "../source.js";
import { activeLeaves, type Drawing } from "./drawing.js";
import { choosing } from "./edge.js";
import { type Timer, timersOf } from "./timers.js";

interface Props {
  readonly actor: LookedActor;
  readonly drawing: Drawing | undefined;
  readonly version: number;
}

const lastOf = (id: string): string => id.slice(id.lastIndexOf(".") + 1);

function Countdown({ timer }: { readonly timer: Timer }) {
  const left = useComputed(() => (timer.at === undefined ? undefined : timer.at - now.value));
  const part =
    left.value === undefined || timer.ms === 0 ? 0 : Math.min(1, Math.max(0, left.value / timer.ms));
  return (
    <li>
      <button type="button" class="timer" onClick={() => choosing(timer.key)}>
        <span class="timer-name">
          {timer.event.replace("after ", "")}: {lastOf(timer.to)}
        </span>
        <span class="timer-left">
          {left.value === undefined
            ? `of ${duration(timer.ms)}`
            : left.value > 0
              ? duration(left.value)
              : "now"}
        </span>
        <svg class="timer-bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect class="all" width="100" height="4" />
          <rect class="left" width={100 * part} height="4" />
        </svg>
      </button>
    </li>
  );
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  );
}

export function Facts({ actor, drawing }: Props) {
  const known = actor.machine === "registration" ? status.value : undefined;
  const row = actor.machine === "registration" ? source.value.fleet.row(actor.address) : undefined;
  const leaves = drawing ? activeLeaves(drawing, actor.active) : [];
  const meaning = leaves.map((leaf) => leaf.meaning ?? leaf.description).find((words) => words !== undefined);
  const timers = drawing ? timersOf(actor, drawing, row?.since ?? known?.since) : [];
  return (
    <>
      <section class="panel" aria-label="Where it stands">
        <h2>{actor.address}</h2>
        {row && !past.value && (
          <button
            type="button"
            class="as-test"
            title="A Vitest file that replays it to here"
            onClick={() => void copyAsTest(row.key)}
          >
            Copy as test
          </button>
        )}
        {meaning && <p>{meaning}</p>}
        {row && row.troubles.length > 0 && (
          <p>
            {row.troubles.map((trouble) => (
              <span key={trouble} class="trouble">
                {trouble}
              </span>
            ))}
          </p>
        )}
        <dl class="facts">
          <Fact name="State" text={row?.state || leaves.map(({ name }) => name).join(", ") || "runs"} />
          {row?.since !== undefined && <Fact name="Since" text={clock(row.since)} />}
          {row && row.cause !== "none" && <Fact name="Cause" text={row.cause} />}
          {known?.detail && <Fact name="Detail" text={known.detail} />}
          {known && <Fact name="Next" text={known.nextAction.what} />}
          {saidIn(actor.context).map(([name, text]) => (
            <Fact key={name} name={name} text={text} />
          ))}
        </dl>
      </section>
      {timers.length > 0 && (
        <section class="panel" aria-label="Timers">
          <h2>Timers</h2>
          <ul class="plain">
            {timers.map((timer) => (
              <Countdown key={timer.key} timer={timer} />
            ))}
          </ul>
        </section>
      )}
    </>
  );
}
