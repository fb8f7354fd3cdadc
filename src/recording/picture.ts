/** What is recorded at one moment. Later steps do not change it, however long the writing takes. */
import type { Entry } from "./entry.js";
import type { HeaderFacts } from "./format.js";
import type { Recorder, Standing } from "./recorder.js";
import type { Occasion } from "./settings.js";

export interface Picture extends HeaderFacts {
  readonly entries: readonly Entry[];
  /** Every actor that lives. */
  readonly standing: readonly Standing[];
}

export function pictureOf(recorder: Recorder, occasion: Occasion): Picture {
  const { memory, startedAt, keep } = recorder;
  const { dropped, faultAt } = memory;
  const standing = [...recorder.standing()];
  return {
    startedAt,
    writtenAt: Date.now(),
    occasion,
    keep,
    dropped,
    faultAt,
    entries: memory.entries(),
    standing,
  };
}
