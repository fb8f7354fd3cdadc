/** What a person can do about each trouble. */
import type { troubles } from "./troubles.js";

type TroubleName = (typeof troubles)[number]["name"];

const remedies: Readonly<Record<TroubleName, string>> = {
  flapping:
    "Look at why the links ended (their causes are in the journal). Where the gateway closed them, a second process may serve the same registration: give each process an instance id of its own.",
  "gave up":
    "Mend what the cause names, then start the process anew, or restart() it. With reconnect off, switch it on.",
  refused: "Do what the cause asks for. It is tried again by itself, at the slow pace.",
  "back-off at its cap":
    "Mend what the cause names: it has failed many times in a row. retryNow() does not wait for the next try.",
  "credentials failing": "mooring doctor checks keys, files, clocks and the token server.",
  "renewal failing":
    "Look at the token server now: the registration serves until its token ends. mooring doctor asks it.",
  "credentials not saved":
    "Free space in the folder of credentials (credentials.directory, else ~/.strike48) or make it writable; saving is tried again by itself. mooring doctor looks at the folder.",
  "nearly deaf":
    "Look at the gateway and the network between: if no heartbeat is answered, the link is given up at heartbeat.timeoutMs.",
  "handler blocks the loop":
    "Let handlers that compute for long run in threads of their own (threadConnector, mooring run --workers N), or give way now and then. The journal names the handler.",
  "queue full":
    "Raise maxConcurrentRequests or maxQueuedRequests, make the handler faster, or add instances: requests are refused as overloaded.",
  "messages too large": "Raise maxMessageBytes on both sides, or send less at once.",
  "approved without credentials": "Ask who runs the gateway why it issues no credentials; look at its log.",
  "pending for long": "Have an administrator approve it: mooring approve KEY.",
  "not connected for long": "Do what the cause asks for; explain has the whole story.",
  "stray events": "Look at the journal for what came, and report it with a recording: mooring record.",
};

const byName: ReadonlyMap<string, string> = new Map(Object.entries(remedies));

/** Empty for a name that is none. */
export const remedyFor = (trouble: string): string => byName.get(trouble) ?? "";
