/** What looking at requests may take. */

/** Drawn for the sample of one registration: so many at once after a quiet moment, and so many a second for ever. */
export const sampledAtOnce = 10;
export const sampledEachSecond = 10;

/** In all registrations together a second, drawn ones and such that were slow or failed. */
export const mostSampledEachSecond = 200;
export const mostNotedEachSecond = 500;

/** From receipt to answer in ms: longer is slow. */
export const slowMs = 500;

/** Spans kept for whoever comes later. */
export const spansKept = 2_000;

/** Spans of one registration whose confirmation is waited for. */
export const mostUnconfirmed = 500;

/** In flight, shown of one registration and of all. */
export const mostOpenOfOne = 50;
export const mostOpen = 200;

/** Between two messages. */
export const tickMs = 500;
