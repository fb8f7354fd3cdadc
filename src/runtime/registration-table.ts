/** The options of a registration, and of the calls of a runtime: their types, and a row for each. */
import type { Connector } from "../connectors/connector.js";
import type { Metrics } from "../connectors/metrics.js";
import { having, judged, textsByName } from "../options/kinds.js";
import {
  choiceRow,
  highestInteger,
  numberRow,
  type Rows,
  row,
  textRow,
  textsRow,
  timeRow,
} from "../options/rows.js";
import { defaultStartMs } from "../protocol/defaults.js";
import { byRow } from "./commands.js";
import type { Concurrency } from "./concurrency.js";
import { requestLimits } from "./option-table.js";

/**
 * Options of `add`: who registers, with which connector.
 *
 * @example
 * ```ts
 * import type { RegistrationOptions } from "mooring";
 * import { requestResponseConnector } from "mooring";
 *
 * export const registration: RegistrationOptions = {
 *   connector: requestResponseConnector({ type: "echo", version: "1.0.0", execute: (request) => request.json() }),
 *   tenantId: "acme",
 *   instanceId: "echo-1",
 *   maxConcurrentRequests: 10,
 * };
 * ```
 */
export interface RegistrationOptions {
  /** The connector; with `workers`, its `connectorType` as the module exports it. */
  readonly connector: Connector | string;
  /**
   * Tenant of the registration. With a mounted key it must be given. Environment: `TENANT_ID`.
   * @default `default`
   */
  readonly tenantId?: string;
  /**
   * Instance of the connector. Must be stable for saved credentials to be found again. Environment:
   * `INSTANCE_ID`.
   */
  readonly instanceId?: string;
  /**
   * An access token to register with, before any other credentials. Without one they are found in the order
   * of docs/credentials.md, where `AUTH_TOKEN` of the environment is the last.
   */
  readonly authToken?: string;
  /**
   * The name that people see. Environment: `CONNECTOR_DISPLAY_NAME`.
   * @default the instance id
   */
  readonly displayName?: string;
  /**
   * Tags that people see. Environment: `CONNECTOR_TAGS`.
   * @default none
   */
  readonly tags?: readonly string[];
  /**
   * Operator metadata of this instance; its keys win over `sdk.*`.
   * @default none
   */
  readonly metadata?: Readonly<Record<string, string>>;
  /**
   * For whom the gateway shall offer it: for its own `tenant`, or for all (`global`), where the gateway allows that.
   * @default the gateway's choice
   */
  readonly scope?: "tenant" | "global";
  /**
   * Where its handlers count, and what its metrics reports tell besides the `sdk.*` figures. Not with `workers`, where
   * handlers count in `metrics` of their context.
   * @default a registry of its own
   */
  readonly metrics?: Metrics;
  /**
   * Handlers that run at once, per registration. `"adaptive"`: as many as run without slowing each other down, from
   * `least` (4) to `most` (100); docs/concurrency.md tells how they are found.
   * @default the runtime's
   */
  readonly maxConcurrentRequests?: Concurrency;
  /**
   * Requests that wait, per registration. One more is answered "overloaded".
   * @default the runtime's
   */
  readonly maxQueuedRequests?: number;
  /**
   * Limit for one request, unless its connector has its own.
   * @default the runtime's
   */
  readonly requestTimeoutMs?: number;
}

/** Options of `start`. */
export interface StartOptions {
  /**
   * How long to wait until each registration is ready or waits for approval.
   * @default 30,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Where lines of explanations are broken between words to fit, such as `process.stdout.columns`; a command stays
   * whole.
   * @default not broken
   */
  readonly columns?: number;
}

/** Options of `drain`. */
export interface DrainOptions {
  /**
   * When running work is cancelled, from now on.
   * @default the runtime's `drainDeadlineMs`
   */
  readonly deadlineMs?: number;
  /**
   * Who asks, for the journal of each registration and the log: a line of at most 200 characters.
   * @default nothing is noted
   */
  readonly by?: string;
}

const { maxConcurrentRequests, maxQueuedRequests, requestTimeoutMs } = requestLimits;

/** The runtime's stands where a registration has none of its own. */
const ofRuntime = <Limit extends { readonly default: unknown }>({ default: _, ...limit }: Limit) => ({
  ...limit,
  usually: "the runtime's",
});

/** Of `add`. */
export const registrationOptions = {
  connector: row(judged, {
    says: "The connector; with `workers`, its `connectorType` as the module exports it.",
    takes: "connector, or text",
    required: true,
  }),
  tenantId: textRow({
    says: "Tenant of the registration. With a mounted key it must be given.",
    default: "default",
    environment: ["TENANT_ID"],
  }),
  instanceId: textRow({
    says: "Instance of the connector. Must be stable for saved credentials to be found again.",
    environment: ["INSTANCE_ID"],
  }),
  authToken: textRow({
    says: "An access token to register with, before any other credentials. Without one they are found in the order of docs/credentials.md, where `AUTH_TOKEN` of the environment is the last.",
  }),
  displayName: textRow({
    says: "The name that people see.",
    usually: "the instance id",
    environment: ["CONNECTOR_DISPLAY_NAME"],
  }),
  tags: textsRow({ says: "Tags that people see.", usually: "none", environment: ["CONNECTOR_TAGS"] }),
  metadata: row(textsByName, {
    says: "Operator metadata of this instance; its keys win over `sdk.*`.",
    usually: "none",
  }),
  scope: choiceRow(["tenant", "global"], {
    says: "For whom the gateway shall offer it: for its own `tenant`, or for all (`global`), where the gateway allows that.",
    usually: "the gateway's choice",
  }),
  metrics: row(having("counter", "gauge", "histogram", "snapshot", "series"), {
    says: "Where its handlers count, and what its metrics reports tell besides the `sdk.*` figures. Not with `workers`, where handlers count in `metrics` of their context.",
    takes: "`createMetrics()`",
    usually: "a registry of its own",
  }),
  maxConcurrentRequests: ofRuntime(maxConcurrentRequests),
  maxQueuedRequests: ofRuntime(maxQueuedRequests),
  requestTimeoutMs: ofRuntime(requestTimeoutMs),
} satisfies Rows<RegistrationOptions>;

/** Of `start` and `explain`. */
export const columnsRow = numberRow({
  says: "Where lines of explanations are broken between words to fit, such as `process.stdout.columns`; a command stays whole.",
  usually: "not broken",
  range: { least: 0, most: highestInteger, fractions: "refuse" },
});

/** Of `start`. */
export const startOptions = {
  timeoutMs: timeRow(0, {
    says: "How long to wait until each registration is ready or waits for approval.",
    default: defaultStartMs,
  }),
  columns: columnsRow,
} satisfies Rows<StartOptions>;

/** Of `drain`. */
export const drainOptions = {
  deadlineMs: timeRow(0, {
    says: "When running work is cancelled, from now on.",
    usually: "the runtime's `drainDeadlineMs`",
  }),
  by: {
    ...byRow,
    says: "Who asks, for the journal of each registration and the log: a line of at most 200 characters.",
  },
} satisfies Rows<DrainOptions>;
