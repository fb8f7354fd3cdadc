/** A whole chart: states, ways between them, and what of it is active. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { chosenTransition } from "../page-state.js";
import type { LookedActor } from "../source.js";
import type { Drawing, DrawnEdge } from "./drawing.js";
import { Edge } from "./edge.js";
import { camera, panBy, size, zoomBy } from "./stage.js";
import { StateBox } from "./state-box.js";
import { far, StateWords } from "./state-words.js";

interface Props {
  readonly actor: LookedActor;
  readonly drawing: Drawing;
  /** Of the actor, so that it is drawn again when it has moved. */
  readonly version: number;
}

function Arrows() {
  return (
    <defs>
      {["quiet", "possible", "taken", "chosen"].map((kind) => (
        <marker
          key={kind}
          id={kind}
          class={`arrow ${kind}`}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path d="M0 0L8 4L0 8z" />
        </marker>
      ))}
    </defs>
  );
}

/**
 * From quiet to what is looked at, so that what matters lies on top. An edge that changes its layer is made anew:
 * Chromium may keep the old style of an element that is moved and changed at once.
 */
function layers(
  { edges }: Drawing,
  active: ReadonlySet<string>,
  path: readonly string[],
  chosen: string | undefined,
): readonly (readonly DrawnEdge[])[] {
  const layerOf = ({ transitions = [], from = "" }: DrawnEdge): number => {
    if (transitions.some(({ key }) => key === chosen)) return 3;
    if (transitions.some(({ key }) => path.includes(key))) return 2;
    return active.has(from) ? 1 : 0;
  };
  return [0, 1, 2, 3].map((layer) => edges.filter((edge) => layerOf(edge) === layer));
}

function Contents({ actor, drawing, version }: Props) {
  const chosen = chosenTransition.value;
  const { active, path } = actor;
  const last = actor.steps.at(-1)?.taken ?? [];
  const lit = new Set([...path, ...last, ...(chosen === undefined ? [] : [chosen])]);
  return (
    <>
      {drawing.states.map((state) => (
        <StateBox
          key={state.id}
          state={state}
          isActive={active.has(state.id)}
          isLeaf={drawing.leaves.has(state.id)}
          isRegion={drawing.state.get(state.parent ?? "")?.type === "parallel"}
        />
      ))}
      {layers(drawing, active, path, chosen).map((edges, layer) => (
        <g key={layer}>
          {edges.map((edge) => (
            <Edge
              key={`${edge.from} ${edge.to} ${edge.points.join()}`}
              edge={edge}
              isPossible={active.has(edge.from ?? "")}
              path={path}
              version={version}
              chosen={chosen}
            />
          ))}
        </g>
      ))}
      {drawing.states.map((state) => (
        <StateWords
          key={`${state.id} words`}
          state={state}
          isLeaf={drawing.leaves.has(state.id)}
          isActive={active.has(state.id)}
          lit={lit}
          scale={camera.value.scale}
        />
      ))}
    </>
  );
}

const panSteps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-60, 0],
  ArrowRight: [60, 0],
  ArrowUp: [0, -60],
  ArrowDown: [0, 60],
};

function onKeyDown(event: KeyboardEvent): void {
  const step = panSteps[event.key];
  if (!step) return;
  event.preventDefault();
  panBy(...step);
}

/** The wheel zooms at the pointer; passive listeners could not keep the page from moving along. */
function useWheel(box: { readonly current: HTMLElement | null }): void {
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { left, top } = current.getBoundingClientRect();
      zoomBy(Math.exp(-event.deltaY / 400), { x: event.clientX - left, y: event.clientY - top });
    };
    current.addEventListener("wheel", onWheel, { passive: false });
    const measure = (): void => {
      size.value = { width: current.clientWidth, height: current.clientHeight };
    };
    measure();
    const watch = new ResizeObserver(measure);
    watch.observe(current);
    return () => {
      current.removeEventListener("wheel", onWheel);
      watch.disconnect();
    };
  }, [box]);
}

export function ChartSvg({ actor, drawing, version }: Props) {
  const box = useRef<HTMLElement>(null);
  useWheel(box);
  const { x, y, scale } = camera.value;
  const drag = (event: PointerEvent): void => {
    if (event.buttons === 1) panBy(-event.movementX, -event.movementY);
  };
  return (
    <section
      ref={box}
      class="canvas"
      aria-label={`Chart of ${actor.address}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the drawing
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerMove={drag}
    >
      <svg class={scale < far ? "far" : ""} data-machine={actor.machine}>
        <title>{`The chart of ${actor.address}, its active states lit`}</title>
        <Arrows />
        <g transform={`scale(${scale}) translate(${-x} ${-y})`}>
          <Contents actor={actor} drawing={drawing} version={version} />
        </g>
      </svg>
    </section>
  );
}
