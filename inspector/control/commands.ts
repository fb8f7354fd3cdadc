/** What can be asked of a registration and of the runtime: when, and what will happen then, in words. */

export interface Command {
  /** As the server knows it. */
  readonly name: string;
  readonly label: string;
  /** What will happen; asked before it does. */
  readonly says: readonly string[];
  /** It cannot be undone from here. */
  readonly isGrave?: true;
  /** Why it makes no sense in a state; undefined when it does. */
  readonly pointless?: (state: string, isAtRest: boolean) => string | undefined;
}

export const ofRegistration: readonly Command[] = [
  {
    name: "retryNow",
    label: "Retry now",
    says: [
      "It leaves the wait for its next try and connects at once. The waits after it are as long as they would be.",
    ],
    pointless: (state) => (state.startsWith("backoff") ? undefined : "It does not wait for a next try."),
  },
  {
    name: "pause",
    label: "Pause",
    says: [
      "Its stream ends at once, and no request reaches it until somebody resumes it.",
      "Handlers that run go on. Their answers are kept, within the bounds of the outbox, and sent when it resumes.",
    ],
    pointless: (state, isAtRest) => (isAtRest ? `It is ${state}.` : undefined),
  },
  {
    name: "resume",
    label: "Resume",
    says: ["It connects, registers again and takes requests."],
    pointless: (state) => (state === "paused" ? undefined : "It is not paused."),
  },
  {
    name: "restart",
    label: "Restart",
    says: [
      "Its stream ends at once, and it starts afresh: it connects, registers again and takes requests. So does one that was given up.",
      "Handlers that run go on. Their answers are kept, within the bounds of the outbox, and sent on the new stream.",
    ],
  },
  {
    name: "remove",
    label: "Remove",
    isGrave: true,
    says: [
      "Its stream ends at once and handlers that run are aborted. Answers that the gateway has not confirmed are lost.",
      "The runtime forgets it with its journal. Only the program can add it again.",
    ],
  },
];

export const drain: Command = {
  name: "drain",
  label: "Drain",
  isGrave: true,
  says: [
    "The whole runtime ends, not one registration. None takes new requests; those that run may finish until the deadline for drains, and their answers are confirmed.",
    "Then the runtime closes, and a process that only hosts it ends. Only whoever starts the process can start it again.",
  ],
};
