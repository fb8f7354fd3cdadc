/** Inspection of one runtime, as its option `inspect` wants it: the feed, and messages for a sink. */
import type { Logger } from "../logger.js";
import { Recorder } from "../recording/recorder.js";
import { type InspectionFeed, RuntimeFeed } from "./feed.js";
import type { Watched } from "./source.js";
import { type InspectionSink, StatelyMessages } from "./stately.js";

/** A recorder that remembers nothing: it tells of steps while somebody listens. */
export const forgetfulRecorder = (): Recorder => new Recorder({ maxBytes: 0, keep: "all" });

interface Inspected {
  readonly recorder: Recorder;
  readonly registrations: () => Watched;
  readonly logger: Logger;
}

/** A sink is not ours: what it throws must not reach the charts. */
function tell(sink: InspectionSink, { recorder, logger }: Inspected): void {
  const messages = new StatelyMessages(sink);
  let isSaid = false;
  recorder.listen((entry) => {
    try {
      messages.take(entry);
    } catch (error) {
      if (!isSaid) logger.error({ err: error }, "The sink of the option inspect failed; the charts go on.");
      isSaid = true;
    }
  });
}

export function inspectionOf(inspect: true | InspectionSink, inspected: Inspected): InspectionFeed {
  if (inspect !== true) tell(inspect, inspected);
  const { recorder, registrations } = inspected;
  return new RuntimeFeed({
    listen: (listener) => recorder.listen(listener),
    standing: (wanted) => recorder.standing(wanted),
    entries: () => recorder.memory.entries(),
    registrations,
  });
}
