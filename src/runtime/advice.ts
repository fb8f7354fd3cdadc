/** What each cause means and what a person can do about it. One table for `explain`, the command line and the docs. */
import type { FailureCause } from "../../machines/failure.js";
import type { AdviceKey } from "../../machines/index.js";
import type { CredentialSource } from "../../machines/ports.js";
import { storeRemedyFor } from "../credentials/store-remedies.js";

export interface Advice {
  /** What happened, in words. */
  readonly meaning: string;
  /** What to do; empty when waiting is right. What happens by itself is not said here: it depends on the state. */
  readonly remedy: string;
}

const giveWay =
  "Let handlers that compute for long run in threads of their own (threadConnector), or give way now and then.";

/** The peer says why in a code of its own. */
const endedWithError: Advice = {
  meaning: "the gateway ended the stream with an error status",
  remedy: "Look at the status code and the gateway's log.",
};

export const adviceFor: Readonly<Record<FailureCause, Advice>> = {
  unreachable: {
    meaning: "nobody answered at the gateway's address",
    remedy: "Check url (STRIKE48_URL), that the gateway runs, and the network between.",
  },
  "proxy-failed": {
    meaning: "the proxy on the way gave no connection",
    remedy:
      "Mend what the detail names: the option proxy, or the variable of the environment; mooring doctor tries the proxy. The gateway's host in NO_PROXY, or proxy: false, leads past it.",
  },
  "local-error": {
    meaning: "this machine refused to make the connection",
    remedy: "Mend what the detail names: a limit, a firewall or a sandbox on this side.",
  },
  "connect-timeout": {
    meaning: "the connection was not ready in time",
    remedy: "Check firewalls and proxies on the way; raise connectTimeoutMs on a slow link.",
  },
  "open-timeout": {
    meaning: "connected, but the stream could not be opened in time",
    remedy: "The gateway is overloaded or stuck; look at its side.",
  },
  "register-timeout": {
    meaning: "the gateway did not answer the register request in time",
    remedy: "The gateway is overloaded or stuck; look at its side.",
  },
  tls: {
    meaning: "TLS could not be set up",
    remedy:
      "Check tls.caFile (MATRIX_TLS_CA_CERT), tls.cert and tls.key, the host name in url and the gateway's certificate.",
  },
  "wrong-protocol": {
    meaning: "the peer does not speak the gateway's protocol",
    remedy:
      "Check the port in url, and that no HTTP/1 proxy is in between; use grpcs:// when the gateway wants TLS.",
  },
  "message-too-large": {
    meaning: "a message was above the size limit",
    remedy: "Raise maxMessageBytes on both sides or send less at once.",
  },
  "peer-draining": { meaning: "the gateway asked for the connection back", remedy: "" },
  "should-reconnect": { meaning: "the gateway asked for a fresh stream", remedy: "" },
  "server-closed": { meaning: "the gateway closed the stream", remedy: "" },
  "connection-lost": {
    meaning: "the connection was lost, or refused the stream",
    remedy: "If it goes on: look at the network, the gateway's log and the log of a proxy between.",
  },
  "refused-by-peer": endedWithError,
  "identity-refused": endedWithError,
  "access-denied": endedWithError,
  "peer-unavailable": {
    meaning: endedWithError.meaning,
    remedy: "Nothing, while the gateway is being restarted. If it lasts, look at its log.",
  },
  "peer-exhausted": endedWithError,
  "peer-error": endedWithError,
  "register-refused": {
    meaning: "the gateway refused the registration",
    remedy: "Check tenant, type and instance, and whether the gateway allows this connector.",
  },
  "approval-rejected": {
    meaning: "an administrator rejected the registration",
    remedy: "Ask an administrator of the tenant to approve it.",
  },
  "approval-stalled": {
    meaning: "approved, but the gateway sent no credentials",
    remedy: "Look at the gateway's log; a fresh registration was made once.",
  },
  "heartbeat-timeout": { meaning: "the stream went deaf: heartbeats were not answered", remedy: "" },
  "credentials-unavailable": {
    meaning: "no access token could be had; code and detail say which step failed",
    remedy:
      "Check what they name: the token server, the key, the clock or the folder of saved credentials; mooring doctor does.",
  },
  "credentials-refused": {
    meaning: "the token server refuses this identity",
    remedy:
      "Its client may be revoked, or its key replaced, or the gateway has lost its clients in a restart (mooring dev without --state FOLDER): once this computer's clock is right, for saved credentials, remove their file to register anew, and have it approved; for a mounted key, check its client.",
  },
  "credentials-exchange-failed": {
    meaning: "the one-time token could not be turned into credentials",
    remedy: "Check STRIKE48_API_URL and that the gateway's HTTP API is reachable from here.",
  },
  "one-time-token-consumed": {
    meaning: "the one-time token was used or has expired",
    remedy:
      "Issue a new one (STRIKE48_REGISTRATION_TOKEN, or the file of STRIKE48_REGISTRATION_TOKEN_FILE), or have an administrator approve the registration.",
  },
  "outbound-closed": { meaning: "the sending half of the stream failed", remedy: "" },
  "threads-blocked": {
    meaning: "every thread of its connector is held by a handler that computes without a pause",
    remedy:
      "Where that is meant, give threadConnector more threads. Else mend the handler that the detail names; its time limit (timeoutMs) ends it at last.",
  },
  "worker-blocked": {
    meaning: "its worker thread does not answer, because a handler computes without a pause",
    remedy: giveWay,
  },
  "worker-died": {
    meaning: "its worker thread ended",
    remedy:
      "Mend the handler that the detail names (process.exit, an exception or a rejected promise that nobody catches), start the process anew, or restart() it.",
  },
  "worker-refused": {
    meaning: "no worker can host it as it was added",
    remedy:
      "Mend what the detail says: remove() it and add it with a connector that the module exports. A module that could not be loaded takes a restart() when it is mended, one that could takes a new process.",
  },
  internal: {
    meaning: "a fault inside this process",
    remedy: "Look at the code and the log, and please report it.",
  },
};

/** What a gateway that refuses what it gave out itself has mostly been through. */
const forgotten =
  "Probably the gateway does not know this client any more: it was restarted without its state (mooring dev forgets its clients unless it runs with --state FOLDER), or the client was revoked.";

/** What a registration was refused with, and what to do about it, by its source. */
const refusedWith: Readonly<Record<CredentialSource, string>> = {
  explicit:
    "It registered with the token of the option authToken: it may have expired, or be for another gateway or tenant. Give a new one to add(), or none to use another source.",
  "mounted-key":
    "It registered with an access token by the mounted key: check STRIKE48_CLIENT_ID, STRIKE48_AUTH_URL (the realm of this gateway), TENANT_ID and STRIKE48_PRIVATE_KEY_PATH; mooring doctor does.",
  saved: `It registered with an access token by the saved credentials (credentials.directory, else ~/.strike48). ${forgotten} Then, once this computer's clock is right, remove their file to register anew, and have it approved; mooring doctor names the file. They may also be of another gateway or tenant.`,
  "one-time-token": `${forgotten} It registered with an access token by the client of a one-time token (STRIKE48_REGISTRATION_TOKEN, its file, or one that the gateway issued): check that the token was for this tenant, type and instance.`,
  environment:
    "It registered with the token of AUTH_TOKEN: it may have expired, not count yet by the gateway's clock, or be for another gateway or tenant. Set a new one and restart, or unset it to wait for an administrator's approval; mooring doctor holds it against this computer's clock.",
  session: `Its only credential was the session token of an earlier registration. After two refusals it registers without that token. ${forgotten} Check also why no access token could be had; mooring doctor does.`,
  anonymous:
    "It registered without a token: set AUTH_TOKEN, a one-time token (STRIKE48_REGISTRATION_TOKEN) or a mounted key if the gateway wants one.",
};

const identityHint = "Else check tenant, type and instance, and whether the gateway allows this connector.";

const clockSkew: Advice = {
  meaning: "the clocks of this computer and of the token server differ",
  remedy:
    "Set this computer's clock, by NTP for example, or the server's. Leave the credentials as they are.",
};

/** Ends of a stream that say something about who registers. */
const aboutIdentity: ReadonlySet<FailureCause> = new Set<FailureCause>(["identity-refused", "access-denied"]);

/** The advice for a failure as it stands: by its cause, and by its code and the source of the token where they tell more. */
export function adviceOn({
  cause,
  code,
  credentialSource,
  detail,
}: {
  readonly cause: FailureCause;
  readonly code: string | null;
  readonly credentialSource: string | null;
  readonly detail?: string | null;
}): Advice {
  const general = adviceFor[cause];
  if (code === "CLOCK_SKEW") return clockSkew;
  const ofStore = cause === "credentials-unavailable" && code !== null ? storeRemedyFor(code) : undefined;
  // A mounted key and a socket fail with such codes, too: only the store's own detail begins with its remedy.
  if (ofStore !== undefined && detail?.startsWith(ofStore))
    return { meaning: general.meaning, remedy: ofStore };
  const isRefusal = cause === "register-refused" || aboutIdentity.has(cause);
  if (!isRefusal || credentialSource === null || !Object.hasOwn(refusedWith, credentialSource))
    return general;
  const meaning = aboutIdentity.has(cause) ? "the gateway refused what it registered with" : general.meaning;
  return { meaning, remedy: `${refusedWith[credentialSource as CredentialSource]} ${identityHint}` };
}

/** What may come of a thread that had no time: nobody answered the peer, or read its answer. */
const causesOfABlock: ReadonlySet<FailureCause> = new Set<FailureCause>([
  "connect-timeout",
  "open-timeout",
  "register-timeout",
  "heartbeat-timeout",
  "server-closed",
  "connection-lost",
  "refused-by-peer",
  "peer-unavailable",
  "peer-exhausted",
  "peer-error",
  "peer-draining",
]);

export const isPerhapsOfABlock = (cause: FailureCause): boolean => causesOfABlock.has(cause);

/** When this process itself was away at about that time. */
export const blockAdvice = (block: string): Advice => ({
  meaning: `Perhaps it is this side: ${block}`,
  remedy: giveWay,
});

/** What to do in a state, whatever led there. */
const remedies: Readonly<Record<AdviceKey, string | undefined>> = {
  approval: "ask an administrator of the tenant to approve it; nothing else is needed here.",
  credentialsDue:
    "ask who runs the gateway why it issues no credentials; a fresh registration was made once.",
  successor: undefined,
};

/** Undefined where the state alone asks nothing of anybody. */
export const remedyIn = (advice: AdviceKey | null): string | undefined =>
  advice === null ? undefined : remedies[advice];

const endTheOther = "Give each process an instance id of its own (INSTANCE_ID), or end the other.";
const lookAtGateway = "look at the gateway's log, and at what restarts it.";

/** When the gateway closes one accepted stream after the other. It does not say why. */
export const rivalAdvice = (key: string): Advice => ({
  meaning: `Perhaps another process serves the same ${key}: the gateway ends a stream when a newer one comes`,
  remedy: endTheOther,
});

/** The same, while the streams of the others stay up. */
export const likelyRivalAdvice = (key: string): Advice => ({
  meaning: `Very likely another process serves the same ${key}: the gateway ends a stream when a newer one comes, took each of these back at once, and ended none of the other registrations here`,
  remedy: endTheOther,
});

/** The same, and so with others in the same moment. */
export const sharedRivalAdvice = (key: string, others: number): Advice => ({
  meaning: `Perhaps another process serves the same ${key}: the gateway ends a stream when a newer one comes. It ended ${others} more here in the same moment, so a copy of this whole process runs, or the gateway restarts again and again`,
  remedy: `${endTheOther} If there is no other, ${lookAtGateway}`,
});

/** Its streams end in order, and it cannot be reached in between. */
export const flappingAdvice = (key: string, cause: string): Advice => ({
  meaning: `More likely the gateway restarts again and again than that another process serves the same ${key}: a try between failed${cause === "" ? "" : ` (${cause})`}`,
  remedy: `Check that the gateway runs: ${lookAtGateway}`,
});

/** When the gateway has closed the stream of a registration that drains by now. */
export const successorAdvice = (key: string): Advice => ({
  meaning: `Perhaps another process serves the same ${key} by now: the gateway ends a stream when a newer one comes, so each return of this one takes the stream of the other for a moment`,
  remedy: "Nothing, in a rolling restart: this process comes back once, hands its results over and ends.",
});
