/** The header of a recording that is written now, by these charts and this Mooring. */
import { packageVersion } from "../version.js";
import { chartVersions } from "./charts.js";
import { formatName, formatVersion, type Header, type HeaderFacts } from "./format.js";

export const headerOf = (facts: HeaderFacts): Header => ({
  format: formatName,
  version: formatVersion,
  mooring: packageVersion,
  charts: chartVersions(),
  ...facts,
});
