/** What carries the streams of a runtime: the transport that was set, or the one that leads to the gateway. */
import { addressOf } from "../protocol/endpoint.js";
import type { TransportName } from "../transport/adapters.js";
import { transportWith } from "../transport/create.js";
import { defaultTransports } from "../transport/default.js";
import type { TransportOptions } from "../transport/options.js";
import type { Transport, TransportInUse, WireKind } from "../transport/transport.js";
import type { ChoiceChange, ToldWay } from "../transport-choice/choice.js";
import { ChosenTransport } from "../transport-choice/chosen-transport.js";
import type { Settings } from "./options.js";

/** What its dials need besides options. */
type Dials = Parameters<typeof transportWith>[2];

/** A transport, and which it is. */
export interface RuntimeTransport extends Transport {
  inUse(): TransportInUse;
  /** Another thread has found which one leads to the gateway. */
  told?(told: ToldWay): void;
}

/** `changed` is called when a transport is chosen, doubted or not reached: with `auto` only. */
export function runtimeTransport(
  settings: Settings,
  dials: Dials,
  changed: (change: ChoiceChange) => void,
): RuntimeTransport {
  const { transport, eitherEndpoint } = settings;
  const make = (name: TransportName, endpoint: TransportOptions["endpoint"]) =>
    transportWith(
      name,
      {
        endpoint,
        tls: settings.tls,
        maxStreamsPerChannel: settings.maxStreamsPerChannel,
        maxRegistrationsPerSocket: settings.maxRegistrationsPerSocket,
        connectTimeoutMs: settings.connectTimeoutMs,
        ping: settings.ping,
        maxMessageBytes: settings.maxMessageBytes,
      },
      dials,
    );
  if (transport !== "auto") {
    const made = make(transport, settings.endpoint);
    return Object.assign(made, { inUse: () => ({ kind: made.kind, why: null }) });
  }
  const either = eitherEndpoint ?? { gRPC: settings.endpoint, WebSocket: settings.endpoint };
  return new ChosenTransport({
    authorities: { gRPC: either.gRPC.authority, WebSocket: either.WebSocket.authority },
    tls: settings.endpoint.tls,
    make: (way) => make(defaultTransports[way], either[way]),
    now: () => performance.now(),
    changed,
  });
}

/** `carrier`: of a stream that is open; it may have opened before the choice fell. */
export function transportOfStream(carrier: WireKind | undefined, inUse: TransportInUse): TransportInUse {
  if (carrier === undefined || carrier === inUse.kind) return inUse;
  return { kind: carrier, why: "its stream was opened before another one was chosen" };
}

/** What is in use, or comes first. */
export const gatewayOf = (transport: RuntimeTransport): string => {
  const { kind, tls, authority } = transport;
  return addressOf({ transport: transport.inUse().kind ?? kind, tls, authority });
};
