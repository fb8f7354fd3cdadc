/** Options of `natsBroker`, and their rows. */
import { memoryBrokerCall } from "../connectors/events/option-table.js";
import { invalidConfig } from "../errors.js";
import type { Logger } from "../logger.js";
import { type Call, checkOptions } from "../options/check.js";
import { type Kind, logger, options as optionsKind } from "../options/kinds.js";
import { bounded } from "../options/ranges.js";
import {
  bytesRow,
  countRow,
  numberRow,
  type Rows,
  row,
  textRow,
  textsRow,
  timeRow,
} from "../options/rows.js";
import { messageBytes } from "../protocol/limits.js";
import { Secret } from "../secret.js";
import { plainName } from "./subjects.js";

/** Options of {@link natsBroker}. */
export interface NatsBrokerOptions {
  /**
   * Addresses of servers, such as `nats.example.com:4222`; the others are for when one is gone.
   * @default `127.0.0.1:4222`
   */
  readonly servers?: readonly string[];
  /**
   * The user, with `password`.
   * @default none
   */
  readonly user?: string;
  /**
   * The password of `user`.
   * @default none
   */
  readonly password?: string | Secret;
  /**
   * A token in place of user and password.
   * @default none
   */
  readonly token?: string | Secret;
  /**
   * A file with the credentials of a user, as `nsc` writes it.
   * @default none
   */
  readonly credentialsFile?: string;
  /**
   * More options of `connect()` of `@nats-io/transport-node`, such as `tls`.
   * @default none
   */
  readonly connection?: object;
  /**
   * The stream that keeps the events, made when it is not there. Its name is the first word of their subjects.
   * @default `mooring-events`
   */
  readonly stream?: string;
  /**
   * Events that a new stream keeps; the oldest goes first.
   * @default 1,000,000
   */
  readonly maxEvents?: number;
  /**
   * Bytes that a new stream keeps.
   * @default what the server has
   */
  readonly maxBytes?: number;
  /**
   * How long a new stream keeps an event.
   * @default no limit
   */
  readonly maxAgeMs?: number;
  /**
   * Servers of a cluster that have a new stream.
   * @default 1
   */
  readonly replicas?: number;
  /**
   * How long a new stream knows the ids of its events, so that none is published twice.
   * @default 120,000 ms
   */
  readonly duplicateWindowMs?: number;
  /**
   * Partition keys share so many lanes in a new stream: as many events with keys are worked on at once in a group.
   * @default 8
   */
  readonly lanes?: number;
  /**
   * How long a new group waits for the word of a reader that is gone without having closed.
   * @default 30,000 ms
   */
  readonly ackWaitMs?: number;
  /**
   * Bytes of one event's payload; the server has a limit of its own.
   * @default 1 MiB
   */
  readonly maxEventBytes?: number;
  /**
   * Readers at once.
   * @default 1,000
   */
  readonly maxSubscriptions?: number;
  /**
   * How long a call may take, the way back to a lost server included.
   * @default 10,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Any pino-like logger: when the server is lost, and when it is back.
   * @default silent
   */
  readonly logger?: Logger;
}

const hidden: Kind<string | Secret> = {
  wanted: "a text or a Secret",
  is: (value): value is string | Secret => typeof value === "string" || value instanceof Secret,
};

/** What every broker has is the same here and there. */
const inMemory = memoryBrokerCall.table;

/** Of `natsBroker`. */
export const natsBrokerCall = {
  name: "natsBroker()",
  table: {
    servers: textsRow({
      says: "Addresses of servers, such as `nats.example.com:4222`; the others are for when one is gone.",
      usually: "`127.0.0.1:4222`",
    }),
    user: textRow({ says: "The user, with `password`.", usually: "none" }),
    password: row(hidden, {
      takes: "a text or a `Secret`",
      says: "The password of `user`.",
      usually: "none",
    }),
    token: row(hidden, {
      takes: "a text or a `Secret`",
      says: "A token in place of user and password.",
      usually: "none",
    }),
    credentialsFile: textRow({
      says: "A file with the credentials of a user, as `nsc` writes it.",
      usually: "none",
    }),
    connection: row(optionsKind, {
      says: "More options of `connect()` of `@nats-io/transport-node`, such as `tls`.",
      usually: "none",
    }),
    stream: textRow({
      says: "The stream that keeps the events, made when it is not there. Its name is the first word of their subjects.",
      usually: "`mooring-events`",
      default: "mooring-events",
    }),
    maxEvents: numberRow({
      says: "Events that a new stream keeps; the oldest goes first.",
      default: 1_000_000,
      range: { least: 1, most: Number.MAX_SAFE_INTEGER, fractions: "round down" },
    }),
    maxBytes: bytesRow(1, Number.MAX_SAFE_INTEGER, {
      says: "Bytes that a new stream keeps.",
      usually: "what the server has",
    }),
    maxAgeMs: numberRow({
      says: "How long a new stream keeps an event.",
      usually: "no limit",
      range: { least: 1_000, most: 100 * 365 * 86_400_000 },
    }),
    replicas: numberRow({
      says: "Servers of a cluster that have a new stream.",
      default: 1,
      range: { least: 1, most: 5, fractions: "refuse" },
    }),
    duplicateWindowMs: timeRow(100, {
      says: "How long a new stream knows the ids of its events, so that none is published twice.",
      default: 120_000,
    }),
    lanes: numberRow({
      says: "Partition keys share so many lanes in a new stream: as many events with keys are worked on at once in a group.",
      default: 8,
      range: { least: 1, most: 64, fractions: "refuse" },
    }),
    ackWaitMs: timeRow(500, {
      says: "How long a new group waits for the word of a reader that is gone without having closed.",
      default: 30_000,
    }),
    maxEventBytes: bytesRow(1, messageBytes.most, {
      says: "Bytes of one event's payload; the server has a limit of its own.",
      default: inMemory.maxEventBytes.default,
    }),
    maxSubscriptions: countRow({ says: "Readers at once.", default: inMemory.maxSubscriptions.default }),
    timeoutMs: timeRow(1, {
      says: "How long a call may take, the way back to a lost server included.",
      default: 10_000,
    }),
    logger: row(logger, {
      takes: "logger",
      says: "Any pino-like logger: when the server is lost, and when it is back.",
      usually: "silent",
    }),
  } satisfies Rows<NatsBrokerOptions>,
} satisfies Call;

type Filled = "maxEvents" | "replicas" | "duplicateWindowMs" | "lanes" | "ackWaitMs" | "maxEventBytes";

export type Settings = NatsBrokerOptions & {
  readonly [Name in Filled | "maxSubscriptions" | "timeoutMs"]: number;
} & { readonly stream: string; readonly servers: readonly string[] };

/** Throws INVALID_CONFIG that names the option. */
export function settingsOf(options: NatsBrokerOptions): Settings {
  checkOptions(options, natsBrokerCall);
  const { table } = natsBrokerCall;
  const { servers = ["127.0.0.1:4222"], stream = table.stream.default, user, password, token } = options;
  if (servers.length === 0 || servers.some((server) => !server.trim()))
    throw invalidConfig(
      'servers must have addresses, such as ["127.0.0.1:4222"]; leave it out for that one.',
    );
  if (servers.some((server) => server.includes("@")))
    throw invalidConfig("servers must not hold names and passwords: give user and password, or token.");
  if (!plainName.test(stream)) throw invalidConfig("stream must have 1 to 64 letters, digits, - and _.");
  if ((user === undefined) !== (password === undefined))
    throw invalidConfig("user and password go together: give both, or none.");
  const ways = [user, token, options.credentialsFile].filter((way) => way !== undefined);
  if (ways.length > 1) throw invalidConfig("give one of user, token and credentialsFile.");
  for (const name of ["maxBytes", "maxAgeMs"] as const) {
    const value = options[name];
    if (value !== undefined) bounded(name, value, table[name]);
  }
  const of = (name: Filled | "maxSubscriptions" | "timeoutMs") =>
    bounded(name, options[name] ?? table[name].default, table[name]);
  return {
    ...options,
    servers,
    stream,
    maxEvents: of("maxEvents"),
    replicas: of("replicas"),
    duplicateWindowMs: of("duplicateWindowMs"),
    lanes: of("lanes"),
    ackWaitMs: of("ackWaitMs"),
    maxEventBytes: of("maxEventBytes"),
    maxSubscriptions: of("maxSubscriptions"),
    timeoutMs: of("timeoutMs"),
  };
}
