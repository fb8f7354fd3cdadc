/** What is seen of the chosen chart, and how one gets elsewhere in it. */
import { signal } from "@preact/signals";
import type { LookedActor } from "../source.js";
import { around, type Camera, centre, pan, type Size, sees, wholeOf, zoom } from "./camera.js";
import { activeLeaves, type Box, type Drawing } from "./drawing.js";
import { glide, stopGliding } from "./glide.js";

export const camera = signal<Camera>({ x: 0, y: 0, scale: 1 });
export const size = signal<Size>({ width: 800, height: 500 });
/** Goes along with the active states. */
export const follows = signal(true);
/** The state whose meaning is shown. */
export const pointedAt = signal<string | undefined>(undefined);

/** Below it words are too small to be read. */
const legible = 0.55;
const near = 0.85;

export const fitAll = (drawing: Drawing): void => {
  follows.value = false;
  glide(camera, wholeOf(drawing, size.value));
};

/** All of it if that can be read, or else where it stands. */
export function show(drawing: Drawing, actor: LookedActor): void {
  const whole = wholeOf(drawing, size.value);
  if (whole.scale >= legible) glide(camera, whole);
  else lookAtActive(drawing, actor, near);
}

export function lookAtActive(drawing: Drawing, actor: LookedActor, scale = camera.peek().scale): void {
  const [inner] = [...activeLeaves(drawing, actor.active)].sort((a, b) => b.id.length - a.id.length);
  if (!inner) return;
  glide(camera, centre(inner.box, size.peek(), scale));
}

/** After a step: only when what is active now is out of sight. */
export function follow(drawing: Drawing, actor: LookedActor): void {
  if (!follows.peek()) return;
  const isHidden = activeLeaves(drawing, actor.active)
    .filter(({ id }) => !id.startsWith("registration.intake"))
    .some(({ box }) => !sees(camera.peek(), box, size.peek()));
  if (isHidden) lookAtActive(drawing, actor);
}

export function lookAt(boxes: readonly Box[]): void {
  const whole = around(boxes);
  const { width, height } = size.value;
  const scale = Math.min(near, (width - 40) / whole[2], (height - 40) / whole[3]);
  follows.value = false;
  glide(camera, centre(whole, size.value, Math.max(scale, 0.25)));
}

const middle = () => ({ x: size.value.width / 2, y: size.value.height / 2 });

export function zoomBy(factor: number, at = middle()): void {
  stopGliding();
  camera.value = zoom(camera.value, factor, at);
}

export function panBy(x: number, y: number): void {
  follows.value = false;
  stopGliding();
  camera.value = pan(camera.value, x, y);
}
