/**
 * Events on NATS JetStream.
 *
 * @module mooring/nats
 */
export { natsBroker } from "./broker.js";
export type { NatsBrokerOptions } from "./options.js";
