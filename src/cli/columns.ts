/** How the columns of a table find room in the width of a terminal. */
import { clip, clipMiddle, displayWidth } from "./fit.js";

/** One step after the other, as long as it takes: a column becomes narrower, at least so wide, or goes (0). */
export type Savings<Column> = readonly (readonly [column: Column, least: number])[];

export const gap = "  ";

/** A cell in the room of its column: of keys the end tells them apart, of causes the code goes first. */
export function cutCell(column: string, cell: string, room: number): string {
  if (column === "REGISTRATION") return clipMiddle(cell, room);
  if (column === "CAUSE" && displayWidth(cell) > room) return clip(cell.replace(/ \(.*/, ""), room);
  return clip(cell, room);
}

const total = (widths: ReadonlyMap<unknown, number>): number =>
  [...widths.values()].reduce((sum, width) => sum + width + gap.length, -gap.length);

/** Changes the widths; columns without room leave the map. */
export function makeRoom<Column>(widths: Map<Column, number>, savings: Savings<Column>, most: number): void {
  for (const [column, least] of savings) {
    const excess = total(widths) - most;
    if (excess <= 0) return;
    const width = widths.get(column);
    if (width === undefined) continue;
    if (least === 0) widths.delete(column);
    else widths.set(column, Math.max(Math.min(width, least), width - excess));
  }
}
