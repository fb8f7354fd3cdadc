/** The views of the inspector's page, in their order: buttons, keys and links follow from it. */
export const views = [
  ["fleet", "Fleet"],
  ["chart", "Chart"],
  ["sequence", "Sequence"],
  ["requests", "Requests"],
] as const;

export type View = (typeof views)[number][0];
