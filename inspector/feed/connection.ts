/** The stream of what happens, and the questions for the status. One try after the other, for as long as the page is open. */
import type { InspectedRegistration, InspectionMessage } from "../../src/inspect/inspection-messages.js";
import { toldOf } from "./adapter.js";
import type { Told } from "./told.js";

export interface Listener {
  /** Everything as it is now; what was known before counts no more. */
  present(told: readonly Told[]): void;
  more(told: readonly Told[]): void;
  isLive(live: boolean): void;
}

interface Batch {
  readonly messages: readonly InspectionMessage[];
  readonly missed: number;
}

const isTold = (told: Told | undefined): told is Told => told !== undefined;

export function listen(listener: Listener): void {
  const source = new EventSource("events");
  let isFirst = true;
  source.onopen = () => {
    isFirst = true;
    listener.isLive(true);
  };
  source.onerror = () => listener.isLive(false);
  source.onmessage = ({ data }: MessageEvent<string>) => {
    const { messages, missed }: Batch = JSON.parse(data);
    if (missed > 0) {
      // What was missed cannot be made up for; all as it is now can.
      source.close();
      listen(listener);
      return;
    }
    const told = messages.map(toldOf).filter(isTold);
    if (isFirst) listener.present(told);
    else listener.more(told);
    isFirst = false;
  };
}

/** The status of one registration, or of all; none when nobody answers: the stream tells of that. */
export async function askStatus(key?: string): Promise<readonly InspectedRegistration[] | undefined> {
  try {
    const question = key === undefined ? "status" : `status?key=${encodeURIComponent(key)}`;
    const answer: { registrations: readonly InspectedRegistration[] } = await (await fetch(question)).json();
    return answer.registrations;
  } catch {
    return undefined;
  }
}
