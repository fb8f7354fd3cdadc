/** The stream that keeps the events: found, or made. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { invalidConfig } from "../errors.js";
import { apiCodes, isApiError } from "./failures.js";
import type { Settings } from "./options.js";

/** Says of a stream that it is laid out as `subjects.ts` has it, and with how many lanes. */
const lanesName = "mooring-lanes";

export const nanos = (ms: number): number => Math.round(ms * 1_000_000);

/** Of a server, such as 2.11. */
function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ours = 0, next = 0] = version.split(".").map((part) => Number.parseInt(part, 10) || 0);
  return ours > major || (ours === major && next >= minor);
}

const hasTtlFrom = [2, 11] as const;

/** Metadata of streams and consumers, which groups need. */
export function checkVersion(version: string): void {
  if (!isAtLeast(version, [2, 10]))
    throw invalidConfig(`natsBroker() needs nats-server 2.10 or later; this one is ${version}.`);
}

async function found(jsm: JetStreamManager, stream: string): Promise<StreamInfo | undefined> {
  try {
    return await jsm.streams.info(stream);
  } catch (error) {
    if (isApiError(error, apiCodes.streamNotFound)) return undefined;
    throw error;
  }
}

async function made(jsm: JetStreamManager, settings: Settings, version: string): Promise<StreamInfo> {
  const { stream, maxAgeMs, duplicateWindowMs, lanes } = settings;
  const window = Math.min(duplicateWindowMs, maxAgeMs ?? duplicateWindowMs);
  try {
    return await jsm.streams.add({
      name: stream,
      subjects: [`${stream}.>`],
      max_msgs: settings.maxEvents,
      max_bytes: settings.maxBytes ?? -1,
      max_age: nanos(maxAgeMs ?? 0),
      num_replicas: settings.replicas,
      duplicate_window: nanos(window),
      allow_direct: true,
      metadata: { [lanesName]: String(lanes) },
      ...(isAtLeast(version, hasTtlFrom) ? { allow_msg_ttl: true } : {}),
    });
  } catch (error) {
    // Another process was faster.
    if (isApiError(error, apiCodes.streamNameInUse)) return jsm.streams.info(stream);
    throw error;
  }
}

/** What is known of the stream from then on. */
export interface FoundStream {
  /** When it was made: one that was deleted and made anew counts from 1 again. */
  readonly created: string;
  readonly lanes: number;
  /** Whether the server lets go of an event by itself when its time is over. */
  readonly hasTtl: boolean;
}

export async function findOrMake(
  jsm: JetStreamManager,
  settings: Settings,
  version: string,
): Promise<FoundStream> {
  checkVersion(version);
  const { config, created } = (await found(jsm, settings.stream)) ?? (await made(jsm, settings, version));
  const lanes = Number(config.metadata?.[lanesName]);
  if (!Number.isInteger(lanes) || lanes < 1)
    throw invalidConfig(
      `stream "${settings.stream}" is there, and another program's: give the name of another one in stream.`,
    );
  return { created, lanes, hasTtl: config.allow_msg_ttl === true };
}
