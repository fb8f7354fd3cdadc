/** How charts are stepped: by plans that are worked out once, or by XState alone. */
export type ChartMode = "planned" | "plain";

/** The values of the option `charts` and of `MOORING_CHARTS`. */
export const chartModes = ["planned", "plain"] as const satisfies readonly ChartMode[];
