/** Fields that no viewer gets, and why. */
export const withheld: Readonly<Record<string, string>> = {
  detail: "may quote words of the gateway; the status has them, made safe",
  error: "whatever was thrown, by code that is not ours too",
  held: "messages of the gateway",
  members: "actors and keys of many registrations; each is an actor of its own in the feed",
  movements: "as many as the partitions' registrations; the counts tell what they came to",
  random: "a function",
  specs: "as many as were added together; each is told alone to its partition",
};
