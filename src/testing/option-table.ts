/** The options of a test bench, a row for each. */
import type { Call } from "../options/check.js";
import { having, list, logger, options, textsByName } from "../options/kinds.js";
import {
  bytesRow,
  functionRow,
  highestInteger,
  numberRow,
  portRow,
  type Rows,
  row,
  switchRow,
  textRow,
  timeRow,
} from "../options/rows.js";
import type { ProxyFaults, TestProxyOptions } from "./connect-proxy.js";
import type { TestBenchOptions } from "./index.js";
import type { ReachesOptions } from "./reaches.js";
import type { TestRequestOptions } from "./test-connector.js";

/** Of `startTestProxy`. */
export const testProxyCall = {
  name: "startTestProxy()",
  table: {
    host: textRow({ says: "Address to listen on.", default: "127.0.0.1" }),
    port: portRow,
    user: textRow({ says: "The user name that it wants, with `password`.", usually: "it wants none" }),
    password: textRow({ says: "The password that it wants." }),
    tls: {
      cert: textRow({ says: "Certificate (PEM): the way to the proxy itself is encrypted.", required: true }),
      key: textRow({ says: "Key of the certificate (PEM).", required: true }),
    },
  } satisfies Rows<TestProxyOptions, "tls">,
} satisfies Call;

/** Of `disturb` of a test proxy. */
export const proxyFaultsCall = {
  name: "disturb()",
  table: {
    status: numberRow({
      says: "Each CONNECT is answered with this status, such as 502.",
      range: { least: 100, most: 599, fractions: "refuse" },
    }),
    delayMs: timeRow(0, { says: "Each CONNECT is answered so much later." }),
    silent: switchRow({ says: "No CONNECT is answered.", usually: "false" }),
    cutAfterBytes: numberRow({
      says: "Each way is cut when so many bytes have come from the target; 0: in place of the answer to CONNECT.",
      range: { least: 0, most: highestInteger },
    }),
    badTls: switchRow({
      says: "Behind its answer it speaks itself, and no TLS, as one does that breaks TLS open and fails.",
      usually: "false",
    }),
  } satisfies Rows<ProxyFaults>,
} satisfies Call;

/** Of `startTestBench`. The options of gateway and runtime are checked where they are started. */
export const testBenchCall = {
  name: "startTestBench()",
  table: {
    registrations: row(
      { ...list, items: options },
      {
        says: "Added before the start. One without an `instanceId` has its connector's type for it.",
        usually: "none",
      },
    ),
    gateway: row(options, {
      says: "Options of `startGateway`.",
      usually: "automatic approval",
    }),
    runtime: row(options, {
      says: "Options of `createRuntime`.",
      usually: "quick retries, `strict`, an empty environment",
    }),
  } satisfies Rows<TestBenchOptions>,
} satisfies Call;

const signalRow = (says: string) =>
  row(having("addEventListener", "throwIfAborted"), { takes: "AbortSignal", says, usually: "none" });

/** Of `execute` of a tested connector, and `call` of a tested tool. */
export const testRequestCall = {
  name: "a test's request",
  table: {
    capabilityId: textRow({
      says: "What of the connector is asked, such as a tool's name.",
      usually: "none; of `testTool`, the tool",
    }),
    context: row(textsByName, {
      says: "The request's context map: `tenant_id`, `user_id` and the like.",
      usually: "empty",
    }),
    requestId: textRow({ says: "The id of the request.", usually: "`test-1`, `test-2`, …" }),
    timeoutMs: timeRow(1, {
      says: "Limit for the request: at its end the handler's `signal` is aborted, and the call rejects with TIMEOUT.",
      usually: "the connector's, else 30,000 ms",
    }),
    signal: signalRow(
      "Stands for the runtime that gives the request up: the handler's `signal` is aborted with it, and the call rejects with its reason.",
    ),
    draining: signalRow("Stands for a drain: the handler's `draining` is aborted with it."),
    invoke: functionRow({
      says: "What the handler's `invoke` does.",
      usually: "it rejects with NOT_IMPLEMENTED",
    }),
    metrics: row(having("counter", "gauge", "histogram"), {
      takes: "`createMetrics()`",
      says: "Where the handler counts.",
      usually: "a registry that nobody reads",
    }),
    logger: row(logger, { says: "The handler's logger.", usually: "silent" }),
    maxMessageBytes: bytesRow(1, highestInteger, {
      says: "What the message with the answer may have at most.",
      usually: "4 MiB",
    }),
  } satisfies Rows<TestRequestOptions>,
} satisfies Call;

/** Of `reaches`. */
export const reachesCall = {
  name: "reaches()",
  table: {
    timeoutMs: timeRow(1, { says: "How long to wait.", default: 10_000 }),
  } satisfies Rows<ReachesOptions>,
} satisfies Call;
