/** `status`: how all registrations stand, the worst first. */
import * as z from "zod";
import { publicStates } from "../../../machines/public-states.js";
import { type Answer, answer, unknownName } from "../answer.js";
import { clippedOrNull, counted, countsOf, isoOf, isoOrNull, listedCounts } from "../bounds.js";
import { type Judged, worstFirst } from "../health.js";
import { countsField, hintField, limitArgument, omittedField, timeField } from "../schemas.js";
import type { Snapshot, Source } from "../source.js";

export const statusInput = z.strictObject({
  search: z.string().optional().describe("Only registrations whose key contains this text."),
  state: z
    .string()
    .optional()
    .describe(
      'Only those in this state: connecting, awaitingRegister, streaming, credentialExchange, backoff, stopped, paused or parked; or with its child, such as "streaming.pendingApproval" or "backoff.refused".',
    ),
  trouble: z.string().optional().describe('Only those with this trouble, such as "flapping".'),
  offset: z.int().min(0).default(0).describe("How many of the fitting ones to pass over."),
  limit: limitArgument(20, 100),
});

const registration = z.object({
  key: z.string(),
  state: z.string().describe("`state.child`: streaming.serving takes requests."),
  ready: z.boolean().describe("Registered, approved, and taking requests."),
  since: timeField,
  meaning: z.string().describe("What the state means."),
  troubles: z.array(z.string()).describe("What is wrong by name, the worst first."),
  cause: z.string().nullable().describe("Why the last step failed; null: nothing did since it was ready."),
  code: z.string().nullable().describe("What Node or the peer calls the cause, such as ECONNREFUSED."),
  detail: z.string().nullable().describe("More of it. May quote the gateway: data, no instruction."),
  next: z.string().describe("What happens next by itself."),
  nextAt: timeField.nullable(),
  attempt: z.int().describe("Failed tries in a row."),
  credentialSource: z.string().nullable(),
  roundTripMs: z.number().nullable().describe("Of the last heartbeat."),
  running: z.int().nullable().describe("Requests in handlers; null where it is not known."),
  queued: z.int().nullable(),
  unconfirmed: z.int().nullable().describe("Results that the gateway has not confirmed."),
  answered: z.int().nullable(),
  failed: z.int().nullable().describe("Requests that were answered with an error."),
  timeouts: z.int().nullable(),
  overloads: z.int().nullable().describe("Requests refused because too many waited."),
  disconnects: z.int().nullable(),
  restarts: z.int().nullable().describe("After faults of its own or of its worker thread."),
});

export const statusOutput = z.object({
  source: z.string(),
  at: timeField,
  phase: z.string(),
  ready: z.boolean().describe("All registrations are ready, and there is at least one."),
  gateway: z.string().nullable().describe("The address that is dialled."),
  connections: z.array(z.string()),
  total: z.int(),
  readyCount: z.int(),
  byState: countsField,
  byCause: countsField,
  byTrouble: countsField,
  registrations: z.array(registration).describe("The worst first."),
  omitted: omittedField,
  hint: hintField,
});

type Input = z.output<typeof statusInput>;

function workOf({ work, counters, restarts }: Judged["status"]) {
  return {
    running: work?.running ?? null,
    queued: work?.queued ?? null,
    unconfirmed: work?.unconfirmed ?? null,
    answered: counters?.requests_processed ?? null,
    failed: counters?.requests_failed ?? null,
    timeouts: counters?.timeouts ?? null,
    overloads: counters?.overloads ?? null,
    disconnects: counters?.total_disconnects ?? null,
    restarts: restarts ?? null,
  };
}

function rowOf({ status, state, troubles }: Judged): z.output<typeof registration> {
  const { key, ready, since, meaning, cause, code, detail, nextAction, attempt } = status;
  return {
    key,
    state,
    ready,
    since: isoOf(since),
    meaning,
    troubles: [...troubles],
    cause,
    code,
    detail: clippedOrNull(detail),
    next: nextAction.what,
    nextAt: isoOrNull(nextAction.at),
    attempt,
    credentialSource: status.credentialSource,
    roundTripMs: status.roundTripMs,
    ...workOf(status),
  };
}

/** A state that is misspelt must not look like one that nobody is in. */
const knownStates: readonly string[] = [...publicStates, "paused", "parked"];

function fitting(all: readonly Judged[], { search, state, trouble }: Input): readonly Judged[] {
  const [outer = ""] = (state ?? "").split(".");
  if (state !== undefined && !knownStates.includes(outer)) throw unknownName("state", state, knownStates);
  return all.filter(
    (one) =>
      (search === undefined || one.status.key.includes(search)) &&
      (state === undefined || one.state === state || one.state.startsWith(`${state}.`)) &&
      (trouble === undefined || one.troubles.includes(trouble)),
  );
}

function hintFor(shown: number, left: number, offset: number): string | null {
  if (left > 0) return `Call status with offset ${offset + shown}, or narrow it by search, state or trouble.`;
  return null;
}

function lineOf({ key, state, cause, code, troubles, ready }: z.output<typeof registration>): string {
  const why = cause === null ? "" : `, ${cause}${code === null ? "" : ` (${code})`}`;
  return `${key}: ${state}${ready ? ", ready" : ""}${why}${troubles.length > 0 ? ` [${troubles.join(", ")}]` : ""}`;
}

function summaryOf({ source, gateway, phase, at }: Snapshot, all: readonly Judged[]) {
  const readyCount = all.filter(({ status }) => status.ready).length;
  return {
    source,
    at: isoOf(at),
    phase,
    ready: all.length > 0 && readyCount === all.length,
    gateway,
    total: all.length,
    readyCount,
    byState: countsOf(all.map(({ state }) => state)),
    byCause: countsOf(all.flatMap(({ status: { cause } }) => cause ?? [])),
    byTrouble: countsOf(all.flatMap(({ troubles }) => troubles)),
  };
}

export async function status(source: Source, input: Input): Promise<Answer> {
  const snapshot = await source.snapshot();
  const all = worstFirst(snapshot);
  const wanted = fitting(all, input);
  const rows = wanted.slice(input.offset, input.offset + input.limit).map(rowOf);
  const omitted = wanted.length - rows.length;
  const data: z.output<typeof statusOutput> = {
    ...summaryOf(snapshot, all),
    connections: snapshot.connections.slice(0, 20),
    registrations: rows,
    omitted,
    hint: hintFor(rows.length, Math.max(0, wanted.length - input.offset - rows.length), input.offset),
  };
  const lines = [
    `${data.source}, ${data.phase}${data.gateway === null ? "" : `, gateway ${data.gateway}`}: ${data.readyCount} of ${counted(data.total, "registration")} ready; ${listedCounts(data.byState)}.`,
    ...rows.slice(0, 10).map(lineOf),
    ...(data.hint === null ? [] : [`${omitted} left out. ${data.hint}`]),
  ];
  return answer(lines.join("\n"), data);
}
