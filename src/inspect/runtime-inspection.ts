/**
 * Inspection of one runtime, as its option `inspect` wants it: the feed, and messages for a sink. Most runtimes are
 * never looked at, so the code of the feed is loaded at the first viewer.
 */
import type { Logger } from "../logger.js";
import type { Entry } from "../recording/entry.js";
import { Recorder } from "../recording/recorder.js";
import type { FeedViewer, InspectionFeed, RuntimeFeed } from "./feed.js";
import type { Look } from "./looking.js";
import type { FeedSource, Watched } from "./source.js";
import type { InspectionSink, StatelyMessages } from "./stately.js";
import type { FeedListener } from "./viewer.js";

/** A recorder that remembers nothing: it tells of steps while somebody listens. */
export const forgetfulRecorder = (): Recorder => new Recorder({ maxBytes: 0, keep: "all" });

interface Inspected {
  readonly recorder: Recorder;
  readonly registrations: () => Watched;
  /** Why a registration is where it is and what a person can do, in the words of `explain`. */
  readonly reasons: (key: string) => readonly string[];
  readonly logger: Logger;
}

/** What the sink, which is the caller's, throws must not reach the charts. Steps wait until the code of the messages is loaded. */
function tell(sink: InspectionSink, { recorder, logger }: Inspected): void {
  const waiting: Entry[] = [];
  let messages: StatelyMessages | undefined;
  let isSaid = false;
  const take = (entry: Entry): void => {
    if (!messages) return void waiting.push(entry);
    try {
      messages.take(entry);
    } catch (error) {
      if (!isSaid) logger.error({ err: error }, "The sink of the option inspect failed; the charts go on.");
      isSaid = true;
    }
  };
  recorder.listen(take);
  void import("./stately.js").then((loaded) => {
    messages = new loaded.StatelyMessages(sink);
    for (const entry of waiting.splice(0)) take(entry);
  });
}

/** The feed, whose code is loaded at the first viewer. */
class LoadedWhenNeeded implements InspectionFeed {
  readonly #source: FeedSource;
  #feed: Promise<RuntimeFeed> | undefined;
  #count = 0;

  constructor(source: FeedSource) {
    this.#source = source;
  }

  connect(listener: FeedListener): FeedViewer {
    this.#feed ??= import("./feed.js").then((loaded) => new loaded.RuntimeFeed(this.#source));
    this.#count += 1;
    const number = this.#count;
    let viewer: FeedViewer | undefined;
    let wanted: Look = {};
    let isGone = false;
    void this.#feed.then((feed) => {
      if (isGone) return;
      viewer = feed.connect(listener, number);
      viewer.look(wanted);
    });
    return {
      number,
      look(look) {
        wanted = look;
        viewer?.look(look);
      },
      leave() {
        isGone = true;
        viewer?.leave();
      },
    };
  }
}

export function inspectionOf(inspect: true | InspectionSink, inspected: Inspected): InspectionFeed {
  if (inspect !== true) tell(inspect, inspected);
  const { recorder, registrations, reasons } = inspected;
  return new LoadedWhenNeeded({
    listen: (listener) => recorder.listen(listener),
    standing: () => recorder.standing(),
    standingOf: (owner) => recorder.standingOf(owner),
    newestOf: (owners, most) => recorder.memory.newestOf(owners, most),
    registrations,
    reasons,
  });
}
