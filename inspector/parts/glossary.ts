/** The words of the page, for who meets them here for the first time. */
export const glossary: readonly (readonly [string, string])[] = [
  ["Registration", "a connector as one gateway knows it: TENANT.TYPE.INSTANCE"],
  [
    "State",
    "where a registration stands: connecting, awaitingRegister, streaming, credentialExchange, backoff, stopped",
  ],
  ["Serves", "registered, approved, and taking requests"],
  ["For", "how long it has served, or has not; an outage is as old as the loss of its link"],
  ["Back-off", "the wait before the next try, longer after each that failed"],
  ["Refused", "somebody or a setting says no; tried again at a slow pace"],
  ["Cause", "why the last step failed or the last stream ended"],
  ["Lost", "how many links were lost since it was added; in the past, since the recording begins"],
  ["Round trip", "how long the gateway took for the last heartbeat, while there is a link"],
  [
    "Heartbeat, doubt, deaf",
    "a message that the gateway has to answer; unanswered, the stream is doubted, then given up as deaf",
  ],
  ["Trouble", "what may be wrong, by name; the worst first"],
  ["Dead letter", "an event that the state did not take"],
  ["Chart", "all states that there are, with the ways between them; coloured is where it stands"],
  ["Credentials, token, renewal", "what it proves itself with; a token ends, and is renewed before that"],
  ["Approval", "an administrator's yes to a new registration"],
  ["Unconfirmed", "answers that the gateway has not said it has; they are sent again after a reconnect"],
  ["Partition, supervisor", "who starts the registrations and looks after them, some together"],
  ["Drain", "no new requests; what runs is finished, then it ends"],
  ["Fault (past)", "a moment in which something went wrong"],
];
