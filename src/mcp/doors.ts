/** What the command hands to the server: ways to ask. The server itself opens no socket and no file. */
import type { Finding } from "../doctor/index.js";
import type { Recording } from "../recording/read.js";
import type { Extent, Replayed } from "../recording/replay.js";

/** Asks a running runtime. Throws a `MooringError` that says why nobody answers. */
export interface RuntimeDoor {
  ask(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
}

export interface GatewayDoor {
  readonly url: string;
  /** A call of its HTTP API. Throws a `MooringError` with the gateway's words. */
  call(method: "GET" | "POST", path: string, body?: object): Promise<unknown>;
}

export interface Doors {
  readonly version: string;
  /** Undefined: a recording is looked at. */
  readonly runtime: RuntimeDoor | undefined;
  /** The recording of the file, or what the runtime has recorded by now. */
  readonly recording: () => Promise<Recording>;
  readonly replay: (recording: Recording, extent: Extent) => Replayed;
  readonly doctor: (url: string | undefined) => Promise<readonly Finding[]>;
  /** Undefined: nothing may be tried at a gateway. */
  readonly gateway: GatewayDoor | undefined;
}
