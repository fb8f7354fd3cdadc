/** Figures by kind of message, for what hardly ever happens: nothing is made before the first. */
export type KindCounts = Record<string, number>;

export const noKinds: Readonly<KindCounts> = Object.freeze({});

/** Counts one more of this kind. Returns the figures, which are made where there were none. */
export function counted(counts: KindCounts | undefined, kind: string): KindCounts {
  const all = counts ?? {};
  all[kind] = (all[kind] ?? 0) + 1;
  return all;
}
