/** What an app says of itself, in its own names and in those of the wire (docs/protocol.md, "Apps"). */
import { invalidConfig } from "../../errors.js";
import { type Call, checkOptions } from "../../options/check.js";
import { manifestCall, navigationCall } from "./option-table.js";

/** Where the entry of an app stands in the navigation. */
export interface AppNavigation {
  /** `nested`: under `path`; `hidden`: nowhere, the app opens by its address. */
  readonly placement: "top-level" | "nested" | "hidden";
  /**
   * The headings above it, outermost first; for `nested` only.
   * @default `Apps`
   */
  readonly path?: readonly string[];
  /**
   * A hero icon's name.
   * @default the app's
   */
  readonly icon?: string;
  /**
   * Lower ones stand first.
   * @default 100
   */
  readonly order?: number;
  /**
   * The words of the entry.
   * @default the app's name
   */
  readonly label?: string;
}

/** An app, as people find it. */
export interface AppManifest {
  /** The name that people see. */
  readonly name: string;
  /**
   * The page that opens first.
   * @default `/`
   */
  readonly entryPath?: string;
  /**
   * What it is for.
   * @default none
   */
  readonly description?: string;
  /**
   * A hero icon's name, such as `hero-chart-bar`.
   * @default none
   */
  readonly icon?: string;
  /**
   * The version of the app.
   * @default none is said, and the connector's is `1.0.0`
   */
  readonly version?: string;
  /**
   * Paths of the app that can be linked to.
   * @default none
   */
  readonly routes?: readonly string[];
  /**
   * Where its entry stands.
   * @default where the gateway puts it
   */
  readonly navigation?: AppNavigation;
  /**
   * Asks people to consent to the use of the gateway's API by the app's pages.
   * @default false
   */
  readonly apiAccess?: boolean;
}

/** Throws as `checkOptions` does, and says in which manifest. */
function checkIn(field: string, given: unknown, call: Call): void {
  try {
    checkOptions(given, call);
  } catch (error) {
    throw field && error instanceof Error ? invalidConfig(`${field}: ${error.message}`) : error;
  }
}

function navigationOnWire(navigation: AppNavigation, at: string) {
  checkIn(at, navigation, navigationCall);
  const { placement, path, icon, order, label } = navigation;
  if (!navigationCall.table.placement.choices.includes(placement))
    throw invalidConfig(`${at}.placement must be "top-level", "nested" or "hidden".`);
  if (path !== undefined && placement !== "nested")
    throw invalidConfig(`${at}.path goes with placement: "nested" only.`);
  if (order !== undefined && !(Number.isSafeInteger(order) && order >= 0))
    throw invalidConfig(`${at}.order must be a whole number of at least 0; got ${order}.`);
  return {
    placement,
    ...(placement === "nested" ? { path: path ?? ["Apps"] } : {}),
    ...(icon === undefined ? {} : { icon }),
    ...(order === undefined ? {} : { order }),
    ...(label === undefined ? {} : { label }),
  };
}

/** As it travels; what is not given is left out. `at`: which of several, for errors. Throws INVALID_CONFIG. */
export function manifestOnWire(manifest: AppManifest, at = "") {
  if (at) checkIn(at, manifest, manifestCall);
  const field = (name: string) => (at ? `${at}.${name}` : name);
  const { name, entryPath = "/", description, icon, version, routes, navigation, apiAccess } = manifest;
  if (!name.trim()) throw invalidConfig(`${field("name")} is required: the name that people see.`);
  if (!entryPath.trim())
    throw invalidConfig(
      `${field("entryPath")} must not be empty: give the path of the first page, such as "/".`,
    );
  return {
    name,
    entry_path: entryPath,
    ...(description === undefined ? {} : { description }),
    ...(icon === undefined ? {} : { icon }),
    ...(version === undefined ? {} : { version }),
    ...(routes === undefined ? {} : { routes }),
    ...(navigation === undefined ? {} : { navigation: navigationOnWire(navigation, field("navigation")) }),
    ...(apiAccess === true ? { api_access: true } : {}),
  };
}
