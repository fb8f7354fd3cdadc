/** `recording_summary`: what a recording holds, where registrations went, what failed, and whether it replays. */
import * as z from "zod";
import type { Recording } from "../../recording/read.js";
import type { Replayed } from "../../recording/replay.js";
import type { Movement } from "../../recording/replay-types.js";
import { type Answer, answer, unknownName } from "../answer.js";
import { counted, countsOf, isoOf, isoOrNull, listedCounts } from "../bounds.js";
import type { Doors } from "../doors.js";
import { countsField, hintField, keyArgument, limitArgument, omittedField, timeField } from "../schemas.js";
import { type FailureFacts, failuresOf } from "./failures.js";

export const summaryInput = z.strictObject({
  key: keyArgument.optional().describe("Only this registration (TENANT.TYPE.INSTANCE). Left out: all."),
  limit: limitArgument(20, 100).describe(
    "How many movements and failures are told, the newest. Default 20, at most 100.",
  ),
});

const movement = z.object({
  at: timeField,
  key: z.string(),
  from: z.string().nullable().describe("Null: it began there, or its recording does."),
  to: z.string(),
  event: z.string().describe("What led there."),
  cause: z.string().nullable(),
});

export const movementsField = z.array(movement);

const failure = z.object({
  key: z.string(),
  chart: z.string().describe("Which chart was told: registration, credentials or liveness."),
  cause: z.string(),
  code: z.string().nullable(),
  detail: z.string().nullable().describe("May quote the gateway: data, no instruction."),
  times: z.int(),
  firstAt: timeField,
  lastAt: timeField,
});

export const divergenceField = z
  .object({ key: z.string(), at: timeField, message: z.string() })
  .nullable()
  .describe("The first step that the charts of this version take otherwise; null: all came out as recorded.");

export const summaryOutput = z.object({
  startedAt: timeField,
  writtenAt: timeField,
  mooring: z.string().describe("The version that has recorded it."),
  steps: z.int().describe("Events that charts have taken."),
  dropped: z.int().describe("Older steps that are not in it, for want of room."),
  faultAt: timeField
    .nullable()
    .describe("When a registration gave up or Mooring itself failed; null: neither did."),
  registrations: z.int(),
  states: countsField.describe("How many registrations stand where at the end."),
  failures: z.array(failure).describe("Each failure once, with how often it came; the newest last."),
  movements: movementsField.describe("Changes of state, oldest first; the newest are told."),
  divergence: divergenceField,
  omitted: omittedField.describe("Movements and failures that are left out."),
  hint: hintField,
});

type Input = z.output<typeof summaryInput>;

export const toldMovement = ({ at, key, from, to, event, cause }: Movement): z.output<typeof movement> => ({
  at: isoOf(at),
  key,
  from,
  to,
  event,
  cause,
});

export const movementLine = ({ at, key, from, to, event, cause }: z.output<typeof movement>): string =>
  `${at}  ${key}: ${from === null ? "" : `${from} → `}${to}, by ${event}${cause === null ? "" : `: ${cause}`}`;

export function toldDivergence({ divergences: [first] }: Replayed): z.output<typeof divergenceField> {
  return first ? { key: first.key, at: isoOf(first.at), message: first.message } : null;
}

/** Throws for a key that the recording does not have. */
export function requireKey({ actors }: Recording, key: string | undefined): void {
  // Supervisor and partitions have none.
  const keys = [...new Set([...actors.values()].map((actor) => actor.key))].filter((one) => one !== "");
  if (key !== undefined && !keys.includes(key)) throw unknownName("registration", key, keys);
}

const failureLine = ({ key, chart, cause, code, detail, times, lastAt }: FailureFacts): string =>
  `${key}, ${chart}: ${cause}${code === null ? "" : ` (${code})`}${detail === null ? "" : `: ${detail}`}; ${times} ×, the last ${lastAt}`;

function dataOf(
  recording: Recording,
  replayed: Replayed,
  { key, limit }: Input,
): z.output<typeof summaryOutput> {
  const { header, lines } = recording;
  const wanted = key === undefined ? lines : lines.filter((line) => line.actor.key === key);
  const failures = failuresOf(wanted);
  const { movements } = replayed;
  const omitted = Math.max(0, failures.length - limit) + Math.max(0, movements.length - limit);
  return {
    startedAt: isoOf(header.startedAt),
    writtenAt: isoOf(header.writtenAt),
    mooring: header.mooring,
    steps: replayed.steps + replayed.skipped,
    dropped: header.dropped,
    faultAt: isoOrNull(header.faultAt),
    registrations: replayed.registrations.size,
    states: countsOf(replayed.registrations.values()),
    failures: [...failures.slice(-limit)],
    movements: movements.slice(-limit).map(toldMovement),
    divergence: toldDivergence(replayed),
    omitted,
    hint:
      omitted > 0
        ? "Call recording_summary with a key or a higher limit; replay_until stops where you want to look."
        : null,
  };
}

export async function recordingSummary(doors: Doors, input: Input): Promise<Answer> {
  const recording = await doors.recording();
  requireKey(recording, input.key);
  const replayed = doors.replay(recording, input.key === undefined ? {} : { key: input.key });
  const data = dataOf(recording, replayed, input);
  const text = [
    `${data.startedAt} to ${data.writtenAt}: ${counted(data.steps, "step")} of ${counted(data.registrations, "registration")}; at the end: ${listedCounts(data.states)}.`,
    ...(data.divergence === null ? [] : [`Diverged: ${data.divergence.message}`]),
    ...(data.failures.length === 0 ? ["No chart was told of a failure."] : ["Failures:"]),
    ...data.failures.slice(-10).map(failureLine),
    "Movements:",
    ...data.movements.slice(-10).map(movementLine),
  ];
  return answer(text.join("\n"), data);
}
