/** The charts as `scripts/charts.mjs` laid them out, with what the page looks up in them. */

export type Box = readonly [x: number, y: number, width: number, height: number];

export interface DrawnState {
  readonly id: string;
  readonly name: string;
  readonly box: Box;
  readonly parent?: string;
  readonly type?: string;
  readonly description?: string;
  readonly meaning?: string;
  readonly next?: string;
  readonly tags?: readonly string[];
  readonly actors?: readonly string[];
  /** The dot that leads to its first child. */
  readonly start?: Box;
  /** Transitions that stay. */
  readonly stays?: readonly { readonly key: string; readonly text: string }[];
}

export interface DrawnTransition {
  readonly key: string;
  readonly event: string;
  readonly guard?: string;
  readonly actions?: readonly string[];
  readonly description?: string;
}

export interface DrawnEdge {
  readonly points: readonly number[];
  readonly from?: string;
  readonly to?: string;
  readonly label?: Box;
  readonly transitions?: readonly DrawnTransition[];
}

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly states: readonly DrawnState[];
  readonly edges: readonly DrawnEdge[];
}

export interface Drawing extends Layout {
  readonly state: ReadonlyMap<string, DrawnState>;
  /** States without children. */
  readonly leaves: ReadonlySet<string>;
  readonly edgeOf: ReadonlyMap<string, DrawnEdge>;
}

/** With what is looked up in it. */
export function indexed(layout: Layout): Drawing {
  const parents = new Set(layout.states.map(({ parent }) => parent));
  return {
    ...layout,
    state: new Map(layout.states.map((state) => [state.id, state])),
    leaves: new Set(layout.states.map(({ id }) => id).filter((id) => !parents.has(id))),
    edgeOf: new Map(
      layout.edges.flatMap((edge) => (edge.transitions ?? []).map(({ key }) => [key, edge] as const)),
    ),
  };
}

const drawings = new Map<string, Drawing>();

export async function loadDrawings(): Promise<void> {
  const layouts: Readonly<Record<string, Layout>> = await (await fetch("charts.json")).json();
  for (const [machine, layout] of Object.entries(layouts)) drawings.set(machine, indexed(layout));
}

export const drawingOf = (machine: string | undefined): Drawing | undefined =>
  machine === undefined ? undefined : drawings.get(machine);

/** The innermost of the active states. */
export const activeLeaves = (
  { leaves, state }: Drawing,
  active: ReadonlySet<string>,
): readonly DrawnState[] => [...active].flatMap((id) => (leaves.has(id) ? (state.get(id) ?? []) : []));
