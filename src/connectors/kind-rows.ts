/** Rows of the options that several kinds have. */
import { textsByName } from "../options/kinds.js";
import { row, textRow } from "../options/rows.js";

export const kindRows = (example: string) => ({
  type: textRow({ says: `The connector type, such as \`${example}\`.`, required: true }),
  version: textRow({ says: "The version of the connector.", required: true }),
  metadata: row(textsByName, { says: "Texts shown with the connector.", usually: "none" }),
});
