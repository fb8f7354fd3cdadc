/** The options of `serveHealth`, a row for each. */
import type { Call } from "../options/check.js";
import { having, list } from "../options/kinds.js";
import { choiceRow, portRow, type Rows, row, switchRow, textRow } from "../options/rows.js";
import type { HealthOptions } from "./index.js";

export const healthCall = {
  name: "serveHealth()",
  table: {
    port: portRow,
    host: textRow({
      says: "Address to listen on. Who reaches it reads keys and states of the registrations.",
      default: "127.0.0.1",
    }),
    readyWhen: choiceRow(["all", "some"], {
      says: "Whether `/readyz` wants all registrations ready, or one.",
      default: "all",
    }),
    byKey: switchRow({
      says: "Metrics have the label `key` beside `type`: a series for each registration, for the first 1,000.",
      default: false,
    }),
    registers: row(
      { ...list, items: having("metrics") },
      { says: "Registries of prom-client whose metrics `/metrics` has, too.", usually: "none" },
    ),
  } satisfies Rows<HealthOptions>,
} satisfies Call;
