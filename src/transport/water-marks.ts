/** When an outbound half holds too much, and when again little enough, in bytes; and its time to close. One rule for all transports. */
export const highWaterBytes = 1024 * 1024;
export const lowWaterBytes = 256 * 1024;

/** Time for the peer to close a stream that we have half-closed, before it is reset. */
export const lingerMs = 1_000;
