/** The options of a test bench, a row for each. */
import type { Call } from "../options/check.js";
import { list, options } from "../options/kinds.js";
import {
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
