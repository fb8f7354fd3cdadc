/** SIGUSR2 writes what is recorded to a file, and everything goes on. */
import { codeOf } from "../errors.js";
import type { Runtime } from "../index.js";
import { RecordingFile } from "../recording/recording-file.js";
import type { RunStory } from "./run-story.js";

/** Windows has no such signal. */
const signal = process.platform === "win32" ? undefined : "SIGUSR2";

/** Until it is closed. Without a path: in the folder of the process, named by its id. */
export function recordOnSignal(
  runtime: Pick<Runtime, "recording">,
  story: Pick<RunStory, "say">,
  path = `mooring-${process.pid}.recording.jsonl`,
): { close(): Promise<void> } {
  const file = new RecordingFile(path);
  let writing: Promise<void> = Promise.resolve();
  const write = async () => {
    try {
      await file.write(runtime.recording());
      story.say(`recorded to ${path}; mooring replay shows it`);
    } catch (error) {
      story.say(`The recording cannot be written to ${path} (--recording): ${codeOf(error)}.`);
    }
  };
  const obey = () => {
    writing = writing.then(write);
  };
  if (signal) process.on(signal, obey);
  return {
    close: async () => {
      if (signal) process.off(signal, obey);
      await writing;
    },
  };
}
