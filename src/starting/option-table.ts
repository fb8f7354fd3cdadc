/** The options of the calls that lead a whole process: their types, and a row for each. */
import type { Call } from "../options/check.js";
import { options } from "../options/kinds.js";
import { numberRow, type Rows, row, switchRow, textRow, timeRow } from "../options/rows.js";
import { defaultDrainMs, defaultStartMs, highestPort } from "../protocol/defaults.js";
import type { RuntimeOptions } from "../runtime/options.js";

/** Options of `runConnector`. */
export interface RunConnectorOptions {
  /**
   * Where the gateway is, as `url` of `createRuntime`. Environment: `STRIKE48_URL`.
   * @default `localhost:50061`
   */
  readonly url?: string;
  /**
   * Tenant of every registration. Environment: `TENANT_ID`.
   * @default `default`
   */
  readonly tenantId?: string;
  /**
   * Instance of every registration. Environment: `INSTANCE_ID`.
   * @default the type and the name of the host
   */
  readonly instanceId?: string;
  /**
   * How long running requests may take after the first signal.
   * @default 30,000 ms
   */
  readonly drainDeadlineMs?: number;
  /**
   * How long to wait before it says what is not ready; it goes on connecting.
   * @default 30,000 ms
   */
  readonly startTimeoutMs?: number;
  /**
   * Port of `/livez`, `/readyz` and `/metrics`. 0: any free port.
   * @default they are not served
   */
  readonly health?: number;
  /**
   * Address to serve them on.
   * @default `127.0.0.1`
   */
  readonly healthHost?: string;
  /**
   * Path of the control socket that `mooring status` asks.
   * @default by the process, where `mooring status` finds it
   */
  readonly control?: string;
  /**
   * Prints JSON on a terminal too, as elsewhere.
   * @default false
   */
  readonly json?: boolean;
  /**
   * Further options of `createRuntime`.
   * @default none
   */
  readonly runtime?: Omit<RuntimeOptions, "url" | "workers" | "module">;
}

/** Options of `runTool`. */
export interface RunToolOptions extends RunConnectorOptions {
  /**
   * The connector type; needed with several tools.
   * @default the tool's name
   */
  readonly type?: string;
  /**
   * The version of the connector.
   * @default `0.1.0`
   */
  readonly version?: string;
}

/** Options of `serveStatic`. */
export interface ServeStaticOptions extends RunConnectorOptions {
  /**
   * The name that people see.
   * @default the folder's name
   */
  readonly name?: string;
  /**
   * The connector type.
   * @default `app-` and the name in small letters, with `-` for each space
   */
  readonly type?: string;
  /**
   * Where no file answers, and the last part of the path has no dot, the folder's `index.html` does.
   * @default false
   */
  readonly spaFallback?: boolean;
}

const runRows = {
  url: textRow({
    says: "Where the gateway is, as `url` of `createRuntime`.",
    usually: "`localhost:50061`",
    environment: ["STRIKE48_URL"],
  }),
  tenantId: textRow({
    says: "Tenant of every registration.",
    usually: "`default`",
    environment: ["TENANT_ID"],
  }),
  instanceId: textRow({
    says: "Instance of every registration.",
    usually: "the type and the name of the host",
    environment: ["INSTANCE_ID"],
  }),
  drainDeadlineMs: timeRow(0, {
    says: "How long running requests may take after the first signal.",
    default: defaultDrainMs,
  }),
  startTimeoutMs: timeRow(0, {
    says: "How long to wait before it says what is not ready; it goes on connecting.",
    default: defaultStartMs,
  }),
  health: numberRow({
    says: "Port of `/livez`, `/readyz` and `/metrics`. 0: any free port.",
    usually: "they are not served",
    range: { least: 0, most: highestPort, fractions: "refuse" },
  }),
  healthHost: textRow({ says: "Address to serve them on.", usually: "`127.0.0.1`" }),
  control: textRow({
    says: "Path of the control socket that `mooring status` asks.",
    usually: "by the process, where `mooring status` finds it",
  }),
  json: switchRow({ says: "Prints JSON on a terminal too, as elsewhere.", default: false }),
  runtime: row(options, {
    says: "Further options of `createRuntime`.",
    takes: "RuntimeOptions",
    usually: "none",
  }),
} satisfies Rows<RunConnectorOptions>;

export const runConnectorCall = { name: "runConnector()", table: runRows } satisfies Call;

export const runToolCall = {
  name: "runTool()",
  table: {
    ...runRows,
    type: textRow({ says: "The connector type; needed with several tools.", usually: "the tool's name" }),
    version: textRow({ says: "The version of the connector.", default: "0.1.0" }),
  } satisfies Rows<RunToolOptions>,
} satisfies Call;

export const serveStaticCall = {
  name: "serveStatic()",
  table: {
    ...runRows,
    name: textRow({ says: "The name that people see.", usually: "the folder's name" }),
    type: textRow({
      says: "The connector type.",
      usually: "`app-` and the name in small letters, with `-` for each space",
    }),
    spaFallback: switchRow({
      says: "Where no file answers, and the last part of the path has no dot, the folder's `index.html` does.",
      default: false,
    }),
  } satisfies Rows<ServeStaticOptions>,
} satisfies Call;
