/** The state changes of a runtime as lines of JSON, for as long as somebody reads. A slow reader is told how many it missed. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline, Readable } from "node:stream";
import type { StateChange } from "../runtime/changes.js";

/** One change on its way to `mooring tail`. */
export interface ToldChange
  extends Pick<StateChange, "key" | "from" | "to" | "at" | "cause" | "code" | "missed"> {
  /** What led there, such as `stream.ended`. */
  readonly event: string | null;
  readonly detail: string | null;
}

/** Missed ones may have been of other registrations: a reader cannot tell. */
async function* linesOf(changes: AsyncIterable<StateChange>, wanted: string): AsyncGenerator<string, void> {
  let untold = 0;
  for await (const { key, from, to, at, cause, code, missed, status } of changes) {
    untold += missed;
    if (wanted !== "" && key !== wanted) continue;
    const { enteredBy: event, detail } = status;
    const told: ToldChange = { key, from, to, at, event, cause, code, detail, missed: untold };
    untold = 0;
    yield `${JSON.stringify(told)}\n`;
  }
}

/** `key` empty: all registrations. */
export function sendChanges(
  changes: AsyncIterableIterator<StateChange>,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  // Whoever reads knows now that every change will come.
  response.flushHeaders();
  // A reader must not keep the process alive.
  request.socket.unref();
  // Else it would stay with the runtime until the next change.
  response.once("close", () => void changes.return?.());
  pipeline(Readable.from(linesOf(changes, key), { highWaterMark: 1 }), response, () => {});
}
