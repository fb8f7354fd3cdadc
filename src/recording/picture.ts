/** What is recorded at one moment. Later steps do not change it, however long the writing takes. */
import type { Entry } from "./entry.js";
import type { Recorder, Standing } from "./recorder.js";
import type { Occasion, RecordingKeep } from "./settings.js";

export interface Picture {
  /** In ms since 1970. */
  readonly startedAt: number;
  readonly writtenAt: number;
  readonly occasion: Occasion;
  readonly keep: RecordingKeep;
  readonly dropped: number;
  readonly faultAt: number | null;
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
