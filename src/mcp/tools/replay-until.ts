/** `replay_until`: runs the charts over the recording up to a state or a moment, and tells how things stood then. */
import * as z from "zod";
import type { RegistrationView } from "../../../machines/registration-view.js";
import { beginningOf } from "../../recording/beginning.js";
import type { Replayed } from "../../recording/replay.js";
import { type Answer, answer, BadArgument, unknownName } from "../answer.js";
import { clippedOrNull, counted, isoOf } from "../bounds.js";
import type { Doors } from "../doors.js";
import { hintField, keyArgument, limitArgument, omittedField } from "../schemas.js";
import {
  divergenceField,
  movementLine,
  movementsField,
  requireKey,
  toldDivergence,
  toldMovement,
} from "./recording-summary.js";

export const replayInput = z.strictObject({
  until: z
    .string()
    .optional()
    .describe(
      'Stop when a registration comes into this state: "backoff", "backoff.refused", "serving", "streaming.pendingApproval", …',
    ),
  at: z
    .string()
    .optional()
    .describe(
      'Stop at this moment: ISO 8601, or "+12.5" for seconds after the beginning. Together with `until`: not after it.',
    ),
  key: keyArgument.optional().describe("Only this registration (TENANT.TYPE.INSTANCE). Left out: all."),
  limit: limitArgument(10, 100).describe(
    "How many registrations and movements before that moment are told. Default 10, at most 100.",
  ),
});

const standing = z.object({
  key: z.string(),
  state: z.string(),
  meaning: z.string().nullable(),
  cause: z.string().nullable(),
  code: z.string().nullable(),
  detail: z.string().nullable().describe("May quote the gateway: data, no instruction."),
  attempt: z.int().nullable(),
  next: z.string().nullable(),
});

export const replayOutput = z.object({
  reached: z.boolean().nullable().describe("Whether a registration came into `until`; null without it."),
  line: z.int().nullable().describe("Of the recording's text, where the replay stopped at a movement."),
  standing: z.array(standing).describe("How registrations stood then; the one that moved last comes first."),
  movements: movementsField.describe("What led there, oldest first."),
  steps: z.int(),
  divergence: divergenceField,
  omitted: omittedField,
  hint: hintField,
});

type Input = z.output<typeof replayInput>;

function momentOf(at: string | undefined, first: number): number | undefined {
  if (at === undefined) return undefined;
  const seconds = at.startsWith("+") ? Number(at) : Number.NaN;
  if (seconds >= 0) return first + seconds * 1_000;
  const ms = /^\d{4}-/.test(at) ? Date.parse(at) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new BadArgument(
    `at must be a time such as "2026-11-28T10:00:00Z", or "+SECONDS" after the beginning, such as "+12.5"; got "${clippedOrNull(at)}".`,
  );
}

function standingOf(
  key: string,
  state: string,
  view: RegistrationView | undefined,
): z.output<typeof standing> {
  const { meaning = null, failure = null, attempt = null, next = null } = view ?? {};
  return {
    key,
    state,
    meaning,
    cause: failure?.cause ?? null,
    code: failure?.code ?? null,
    detail: clippedOrNull(failure?.detail),
    attempt,
    next: next?.what ?? null,
  };
}

/** The one that moved last, then those before it. */
function lastMovedFirst({ registrations, movements }: Replayed): readonly string[] {
  const moved = movements.map(({ key }) => key).reverse();
  return [...new Set([...moved, ...registrations.keys()])];
}

function refuseUnknownState({ until }: Input, { reached }: Replayed, all: Replayed): void {
  if (until === undefined || reached) return;
  const states = [...new Set(all.movements.map(({ to }) => to))];
  if (!states.some((one) => one === until))
    throw unknownName("state that a registration came into", until, states);
}

export async function replayUntil(doors: Doors, input: Input): Promise<Answer> {
  const { until, at, key, limit } = input;
  const recording = await doors.recording();
  requireKey(recording, key);
  const moment = momentOf(at, beginningOf(recording));
  const only = key === undefined ? {} : { key };
  const extent = {
    ...only,
    ...(moment === undefined ? {} : { at: moment }),
    ...(until === undefined ? {} : { until }),
  };
  const replayed = doors.replay(recording, extent);
  refuseUnknownState(input, replayed, moment === undefined ? replayed : doors.replay(recording, only));
  const keys = lastMovedFirst(replayed);
  const omitted = Math.max(0, keys.length - limit) + Math.max(0, replayed.movements.length - limit);
  const data: z.output<typeof replayOutput> = {
    reached: until === undefined ? null : replayed.reached !== null,
    line: replayed.reached?.line ?? null,
    standing: keys
      .slice(0, limit)
      .map((one) => standingOf(one, replayed.registrations.get(one) ?? "unknown", replayed.views.get(one))),
    movements: replayed.movements.slice(-limit).map(toldMovement),
    steps: replayed.steps,
    divergence: toldDivergence(replayed),
    omitted,
    hint: omitted > 0 ? "Call replay_until with a key, or with a higher limit." : null,
  };
  const [last] = replayed.movements.slice(-1);
  const where = replayed.reached
    ? `Reached ${replayed.reached.to} at ${isoOf(replayed.reached.at)}`
    : until === undefined
      ? `Replayed up to ${isoOf(moment ?? last?.at ?? recording.header.writtenAt)}`
      : `No registration came to ${until} by then`;
  const text = [`${where}, ${counted(data.steps, "step")}.`, ...data.movements.map(movementLine)];
  return answer(text.join("\n"), data);
}
