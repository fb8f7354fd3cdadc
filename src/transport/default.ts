/** The adapter that is used when none is asked for; the one place that says so (`docs/performance.md` tells why). */
import type { TransportName } from "./adapters.js";

export const defaultTransport: TransportName = "lean";
