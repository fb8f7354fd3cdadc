/** `mooring record`: writes what a running runtime has recorded to a file, or to the output. */

import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { askRecording } from "../control/client.js";
import { codeOf, MooringError } from "../errors.js";
import { writeRecording } from "../recording/recording-file.js";
import { exitCodes } from "./exit-codes.js";

import { complain, writeJson } from "./lines.js";
import { type Target, whomToAsk } from "./target.js";

interface RecordOptions extends Target {
  readonly out?: string;
  readonly json?: boolean;
}

/** Two recordings of one moment are one. */
const nameAt = (when: Date): string =>
  `mooring-${when.toISOString().slice(0, 19).replaceAll(":", "")}Z.recording.jsonl`;

export async function record(options: RecordOptions): Promise<void> {
  process.exitCode = exitCodes.cannotAsk;
  const pieces = await askRecording(await whomToAsk(options));
  if (options.out === "-") {
    await pipeline(Readable.from(pieces), process.stdout, { end: false });
    process.exitCode = exitCodes.done;
    return;
  }
  const path = options.out ?? nameAt(new Date());
  try {
    await writeRecording(path, pieces);
  } catch (cause) {
    if (cause instanceof MooringError) throw cause;
    throw new MooringError(
      "IO_ERROR",
      `The recording cannot be written to ${path} (--out): ${codeOf(cause)}.`,
      {
        cause,
      },
    );
  }
  process.exitCode = exitCodes.done;
  if (options.json) return writeJson({ path, bytes: (await stat(path)).size });
  // The output is for what a program reads.
  complain(`recorded to ${path}; mooring replay ${path} shows it`);
}
