/** The options of apps, a row for each. */
import type { Call } from "../../options/check.js";
import { judged, list, options, textsByName } from "../../options/kinds.js";
import {
  choiceRow,
  functionRow,
  highestInteger,
  numberRow,
  type Rows,
  row,
  switchRow,
  textRow,
  textsRow,
  timeRow,
} from "../../options/rows.js";
import { metadata } from "../option-table.js";
import type { AppOptions } from "./app.js";
import type { AppBackend } from "./backend.js";
import type { AppManifest, AppNavigation } from "./manifest.js";

/** Of a manifest's `navigation`. */
export const navigationCall = {
  name: "navigation",
  table: {
    placement: choiceRow(["top-level", "nested", "hidden"] as const, {
      says: "`nested`: under `path`; `hidden`: nowhere, the app opens by its address.",
      required: true,
    }),
    path: textsRow({ says: "The headings above it, outermost first; for `nested` only.", usually: "`Apps`" }),
    icon: textRow({ says: "A hero icon's name.", usually: "the app's" }),
    order: numberRow({
      says: "Lower ones stand first.",
      usually: "100",
      range: { least: 0, most: highestInteger, fractions: "refuse" },
    }),
    label: textRow({ says: "The words of the entry.", usually: "the app's name" }),
  } satisfies Rows<AppNavigation>,
  required: { placement: '"top-level", "nested" or "hidden"' },
} satisfies Call;

/** Of one of `manifests`. */
export const manifestCall = {
  name: "a manifest",
  table: {
    name: textRow({ says: "The name that people see.", required: true }),
    entryPath: textRow({ says: "The page that opens first.", default: "/" }),
    description: textRow({ says: "What it is for.", usually: "none" }),
    icon: textRow({ says: "A hero icon's name, such as `hero-chart-bar`.", usually: "none" }),
    version: textRow({
      says: "The version of the app.",
      usually: "none is said, and the connector's is `1.0.0`",
    }),
    routes: textsRow({ says: "Paths of the app that can be linked to.", usually: "none" }),
    navigation: row(options, {
      says: "Where its entry stands.",
      takes: "AppNavigation",
      usually: "where the gateway puts it",
    }),
    apiAccess: switchRow({
      says: "Asks people to consent to the use of the gateway's API by the app's pages.",
      default: false,
    }),
  } satisfies Rows<AppManifest>,
  required: { name: "the name that people see" },
} satisfies Call;

/** Of `appConnector`. */
export const appCall = {
  name: "appConnector()",
  table: {
    ...manifestCall.table,
    type: textRow({
      says: "The connector type.",
      usually: "`app-` and the name in small letters, with `-` for each space",
    }),
    static: row(judged, {
      takes: "path or file URL of a folder",
      says: "A folder of files, which answer before `fetch`. Nothing outside of it is served, and no file or folder whose name begins with a dot.",
      usually: "none",
    }),
    spaFallback: switchRow({
      says: "Where neither a file nor `fetch` answers, and the last part of the path has no dot, the folder's `index.html` does: for an app whose script reads the path.",
      default: false,
    }),
    fetch: functionRow({
      says: "Answers page requests that no file answers: a `Request` in, a `Response` out, as of Hono or any other web-standard framework. Undefined: 404.",
      usually: "none",
    }),
    webSocket: row(judged, {
      takes: "function, ws:// address or AppBackend",
      says: "Takes the WebSockets that the app's pages open: a function as `relay` of a connector, or the address of a server that they lead to.",
      usually: "none are taken",
    }),
    manifests: row(list, {
      says: "Several apps of this connector, in place of the fields of one; `name` and `version` are then the connector's.",
      usually: "one app, by the fields beside",
    }),
    timeoutMs: timeRow(1, { says: "Limit for one page, also advertised.", default: 10_000 }),
    metadata,
  } satisfies Rows<AppOptions>,
  required: { name: "the app's name, as people see it" },
  takesInstances: true,
} satisfies Call;

/** Of `webSocket` of an app, where it is an object. */
export const backendCall = {
  name: "webSocket",
  table: {
    backend: row(judged, {
      takes: "ws:// or wss:// address",
      says: "Where the server listens. The page's path follows the address's own, and the page's query goes with it.",
      required: true,
    }),
    headers: row(textsByName, {
      says: "Sent to the server beside those of the page, and over them.",
      usually: "none",
    }),
    timeoutMs: timeRow(1, {
      says: "How long the server may take to accept; the connector has 10 s in all.",
      default: 8_000,
    }),
  } satisfies Rows<AppBackend>,
  required: { backend: 'the address of the server, such as "ws://127.0.0.1:3000"' },
} satisfies Call;
