/** A move that nobody makes by hand is shown on its way, unless less motion is wished for. */
import type { Signal } from "@preact/signals";
import type { Camera } from "./camera.js";

const glideMs = 260;

const between = (from: number, to: number, part: number): number => from + (to - from) * part;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

let ending: number | undefined;

export function stopGliding(): void {
  if (ending !== undefined) cancelAnimationFrame(ending);
  ending = undefined;
}

export function glide(camera: Signal<Camera>, to: Camera): void {
  stopGliding();
  if (calm.matches) {
    camera.value = to;
    return;
  }
  const from = camera.peek();
  const begun = performance.now();
  const move = (at: number): void => {
    const part = Math.min(1, Math.max(0, at - begun) / glideMs);
    const eased = 1 - (1 - part) ** 3;
    camera.value =
      part === 1
        ? to
        : {
            x: between(from.x, to.x, eased),
            y: between(from.y, to.y, eased),
            scale: between(from.scale, to.scale, eased),
          };
    ending = part === 1 ? undefined : requestAnimationFrame(move);
  };
  ending = requestAnimationFrame(move);
}
