/** The keys of the chart. */
import { chosenActor, view } from "../page-state.js";
import { drawingOf } from "./drawing.js";
import { fitAll, zoomBy } from "./stage.js";
import { toggleFollowing } from "./toolbar.js";

function withChart(act: (shown: Parameters<typeof toggleFollowing>[0]) => void): void {
  const actor = chosenActor.value;
  const drawing = drawingOf(actor?.machine);
  if (view.value === "chart" && actor && drawing) act({ actor, drawing });
}

export const chartKeys: Readonly<Record<string, () => void>> = {
  "+": () => withChart(() => zoomBy(1.3)),
  "=": () => withChart(() => zoomBy(1.3)),
  "-": () => withChart(() => zoomBy(1 / 1.3)),
  "0": () => withChart(({ drawing }) => fitAll(drawing)),
  f: () => withChart(toggleFollowing),
};
