/** All that leads from one state to another: the way, and a line for each event with its guard. */
import { chosenTransition } from "../page-state.js";
import { unlessUnchanged } from "../parts/unchanged.js";
import type { DrawnEdge, DrawnTransition } from "./drawing.js";
import { routeOf } from "./route.js";

const lineHeight = 14;

interface Props {
  readonly edge: DrawnEdge;
  /** It leads out of an active state. */
  readonly isPossible: boolean;
  readonly path: readonly string[];
  /** Changes with each step, so that the way is walked again. */
  readonly version: number;
  readonly chosen: string | undefined;
}

export const choosing = (key: string): void => {
  chosenTransition.value = chosenTransition.value === key ? undefined : key;
};

const linesOf = ({ event, guard }: DrawnTransition): readonly string[] =>
  guard === undefined ? [event] : [event, `[${guard}]`];

interface LabelProps extends Pick<Props, "path" | "chosen"> {
  readonly edge: DrawnEdge;
}

function Label({ edge: { label, transitions = [] }, path, chosen }: LabelProps) {
  if (!label) return null;
  const [x, y, width, height] = label;
  let line = 0;
  return (
    <g class="label">
      <rect x={x} y={y} width={width} height={height} rx={4} />
      {transitions.map((transition) => {
        const { key, description, actions = [] } = transition;
        const doing = [description, actions.length > 0 ? `does ${actions.join(", ")}` : ""]
          .filter(Boolean)
          .join("; ");
        const kinds = [path.includes(key) ? "taken" : "", chosen === key ? "chosen" : ""].filter(Boolean);
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: for the keyboard each has a button among the ways out
          <g
            key={key}
            class={["line", ...kinds].join(" ")}
            data-transition={key}
            onClick={() => choosing(key)}
          >
            {linesOf(transition).map((words) => {
              line += 1;
              return (
                <text key={words} x={x + 4} y={y + line * lineHeight - 3}>
                  {words}
                </text>
              );
            })}
            {doing !== "" && <title>{doing}</title>}
          </g>
        );
      })}
    </g>
  );
}

function Drawn({ edge, isPossible, path, version, chosen }: Props) {
  const { transitions = [] } = edge;
  const isTaken = transitions.some(({ key }) => path.includes(key));
  const isChosen = transitions.some(({ key }) => key === chosen);
  const kinds = ["edge", isPossible ? "possible" : "", isTaken ? "taken" : "", isChosen ? "chosen" : ""];
  const route = routeOf(edge.points);
  const [first] = transitions;
  return (
    <g class={kinds.filter(Boolean).join(" ")}>
      <path
        class="way"
        d={route}
        marker-end={`url(#${isChosen ? "chosen" : isTaken ? "taken" : isPossible ? "possible" : "quiet"})`}
      />
      {isTaken && <path key={version} class="walk" d={route} pathLength={100} />}
      {first && (
        // biome-ignore lint/a11y/noStaticElementInteractions: for the keyboard each has a button among the ways out
        <path class="hit" d={route} onClick={() => choosing(first.key)} />
      )}
      <Label edge={edge} path={path} chosen={chosen} />
    </g>
  );
}

const Shown = unlessUnchanged(Drawn);
const noPath: readonly string[] = [];

/** Most edges stay as they are when an actor moves. */
export function Edge({ edge, isPossible, path, version, chosen }: Props) {
  const has = (key: string | undefined): boolean =>
    key !== undefined && (edge.transitions ?? []).some((one) => one.key === key);
  const isTaken = path.some(has);
  return (
    <Shown
      edge={edge}
      isPossible={isPossible}
      path={isTaken ? path : noPath}
      version={isTaken ? version : 0}
      chosen={has(chosen) ? chosen : undefined}
    />
  );
}
