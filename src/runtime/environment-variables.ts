/** Every variable of the environment that the runtime reads, with what it stands for. */
import type { Facts } from "../options/rows.js";
import { runtimeOptions } from "./option-table.js";
import { registrationOptions } from "./registration-table.js";

/** Those that stand for no option. */
const others = {
  STRIKE48_PRIVATE_KEY_PATH: "mounted key: its file",
  STRIKE48_CLIENT_ID: "mounted key: its client",
  STRIKE48_AUTH_URL: "mounted key: the full URL of its realm",
  STRIKE48_REGISTRATION_TOKEN: "one-time token",
  STRIKE48_REGISTRATION_TOKEN_FILE: "file of a one-time token",
  AUTH_TOKEN: "access token, when nothing above is there",
  STRIKE48_KEYS_DIR: "folder of generated keys",
  HOME: "folder of `.strike48` and `.matrix/registration-token`",
  NO_PROXY: "hosts that are reached without a proxy",
  no_proxy: "the same, when `NO_PROXY` is unset",
  STRIKE48_METRICS_ENABLED: "false turns metrics reports off",
};

interface Rows {
  readonly [name: string]: Facts<unknown> | Rows;
}

/** A variable for each row that has some; of several, each counts when those before it are unset. */
const ofRows = (rows: Rows, prefix = ""): readonly (readonly [string, string])[] =>
  Object.entries(rows).flatMap(([name, entry]) => {
    if (!isRow(entry)) return ofRows(entry, `${prefix}${name}.`);
    return (entry.environment ?? []).map((variable, i, all) => {
      const before = all.slice(0, i).map((one) => `\`${one}\``);
      const when =
        before.length > 0 ? `, when ${before.join(" and ")} ${before.length > 1 ? "are" : "is"} unset` : "";
      return [variable, `\`${prefix}${name}\`${when}`] as const;
    });
  });

const isRow = (entry: Facts<unknown> | Rows): entry is Facts<unknown> => typeof entry.says === "string";

export const environmentNames: Readonly<Record<string, string>> = Object.fromEntries([
  ...ofRows(runtimeOptions),
  ...ofRows(registrationOptions),
  ...Object.entries(others),
]);
