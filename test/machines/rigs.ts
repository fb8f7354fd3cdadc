/** Rigs of one test file: closed after each test, with the checks that hold for every test. */
import { afterEach, expect } from "vitest";
import { createRig, type Rig, type RigOptions } from "./rig.js";

/** Call once per test file. Checks after each test: no fault, never two streams, nothing of our own unexpected. */
export function useRigs(): (options?: RigOptions) => Rig {
  const rigs: Rig[] = [];
  afterEach(() => {
    for (const rig of rigs.splice(0)) {
      rig.actor.stop();
      expect(rig.errors).toEqual([]);
      expect(rig.ports.mostStreams).toBeLessThanOrEqual(1);
      expect(rig.emitted.filter((event) => event.type === "unexpected" && event.origin === "own")).toEqual(
        [],
      );
    }
  });
  return (options) => {
    const rig = createRig(options);
    rigs.push(rig);
    return rig;
  };
}
