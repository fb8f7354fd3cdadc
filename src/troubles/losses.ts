/** How many losses of the link are kept, and make one who flaps. By itself: the runtime needs no more of the troubles. */
export const lossesKept = 3;

/** Whether a movement, by its places, lost a link that the gateway had accepted: a try that fails loses none. */
export const isLoss = (from: string, to: string): boolean =>
  to.startsWith("backoff") && (from.startsWith("streaming") || from.startsWith("credentialExchange"));
