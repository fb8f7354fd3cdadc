/** Where control events go: kept until somebody listens, which takes a moment, then told, at last dropped. */
import { maxEarlyEvents } from "../protocol/limits.js";
import type { ControlEvent, ControlListener } from "./control.js";

type Outlet =
  | { readonly name: "keeping"; readonly events: ControlEvent[] }
  | { readonly name: "telling"; readonly listener: ControlListener }
  | { readonly name: "closed" };

const closed: Outlet = { name: "closed" };

export class ControlOutlet {
  #outlet: Outlet = { name: "keeping", events: [] };

  /** Events from now on, those that came before first. One listener per outlet. */
  listen(listener: ControlListener): void {
    const before = this.#outlet;
    if (before.name === "closed") return;
    this.#outlet = { name: "telling", listener };
    if (before.name === "keeping") for (const event of before.events) this.put(event);
  }

  /** False: nobody listens yet, and no more is kept. The end of a stream always is. */
  put(event: ControlEvent): boolean {
    const outlet = this.#outlet;
    switch (outlet.name) {
      case "telling":
        outlet.listener(event);
        return true;
      case "keeping":
        if (outlet.events.length >= maxEarlyEvents && event.type !== "stream.ended") return false;
        outlet.events.push(event);
        return true;
      case "closed":
        return true;
    }
  }

  /** Nobody is told any more. */
  close(): void {
    this.#outlet = closed;
  }
}
