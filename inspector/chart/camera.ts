/** Which part of a drawing is seen: its upper left corner, and how large. */
import type { Box } from "./drawing.js";

export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const least = 0.04;
const most = 3;
const margin = 16;

const bounded = (scale: number): number => Math.min(most, Math.max(least, scale));

export function wholeOf({ width, height }: Size, seen: Size): Camera {
  const scale = bounded(
    Math.min(1.2, (seen.width - 2 * margin) / width, (seen.height - 2 * margin) / height),
  );
  return { scale, x: (width - seen.width / scale) / 2, y: (height - seen.height / scale) / 2 };
}

export function centre([x, y, width, height]: Box, seen: Size, scale: number): Camera {
  const bound = bounded(scale);
  return {
    scale: bound,
    x: x + width / 2 - seen.width / bound / 2,
    y: y + height / 2 - seen.height / bound / 2,
  };
}

/** The point stays where it is. */
export function zoom(camera: Camera, factor: number, at: { readonly x: number; readonly y: number }): Camera {
  const scale = bounded(camera.scale * factor);
  return {
    scale,
    x: camera.x + at.x / camera.scale - at.x / scale,
    y: camera.y + at.y / camera.scale - at.y / scale,
  };
}

/** By pixels of the screen. */
export const pan = (camera: Camera, x: number, y: number): Camera => ({
  ...camera,
  x: camera.x + x / camera.scale,
  y: camera.y + y / camera.scale,
});

/** At least half of it, or all of the screen. */
export function sees(camera: Camera, [x, y, width, height]: Box, seen: Size): boolean {
  const middle = { x: x + width / 2, y: y + height / 2 };
  return (
    middle.x > camera.x &&
    middle.y > camera.y &&
    middle.x < camera.x + seen.width / camera.scale &&
    middle.y < camera.y + seen.height / camera.scale
  );
}

/** The smallest box around all. */
export function around(boxes: readonly Box[]): Box {
  const left = Math.min(...boxes.map(([x]) => x));
  const top = Math.min(...boxes.map(([, y]) => y));
  const right = Math.max(...boxes.map(([x, , width]) => x + width));
  const bottom = Math.max(...boxes.map(([, y, , height]) => y + height));
  return [left, top, right - left, bottom - top];
}
