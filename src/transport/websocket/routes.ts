/**
 * Whose a message on a shared socket is (docs/protocol.md, "Several registrations on one socket"). What is addressed to
 * somebody who is not here goes to nobody; what has no address goes to the only one there is.
 */
import type {
  InvokeCapabilityRequest,
  StreamMessage,
} from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { partsOfArn } from "../../protocol/identity.js";
import { relayLimits } from "../../protocol/limits.js";
import { relayAddress } from "../../protocol/relay-frames.js";

/** A registration on the socket. */
export interface Guest {
  /** `tenant.type.instance`. */
  readonly key: string;
  readonly instanceId: string;
}

/** `unknown`: it is addressed to somebody who is not here. Undefined: it has no address, and there are several or none. */
export type Route<G extends Guest> = G | "unknown" | undefined;

/** Relayed WebSockets of one registration that are followed; beyond its own bound it has refused them before. */
const mostConnections = 2 * relayLimits.connections;

/** From how many invocations on, those are looked for that nobody can wait for any more. */
const fewestToSweep = 1_024;

/** Who invoked, and until when an answer can matter, on the clock of `now`. */
interface Invoked<G extends Guest> {
  readonly guest: G;
  readonly until: number;
}

export class Routes<G extends Guest> {
  readonly #byKey = new Map<string, G>();
  readonly #byArn = new Map<string, G>();
  /** Requests of ours, which the peer answers. */
  readonly #byRequest = new Map<string, Invoked<G>>();
  #sweepAt = fewestToSweep;
  readonly #byConnection = new Map<string, G>();
  /** How many relayed WebSockets each has. */
  readonly #connections = new Map<G, number>();
  /** Those whose register request is not answered yet, in the order of the requests. */
  readonly #unanswered = new Set<G>();

  readonly #now: () => number;

  /** `now`: monotonic, in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  guests(): Iterable<G> {
    return this.#byKey.values();
  }

  admit(guest: G): void {
    this.#byKey.set(guest.key, guest);
  }

  evict(guest: G): void {
    if (this.#byKey.get(guest.key) === guest) this.#byKey.delete(guest.key);
    this.#unanswered.delete(guest);
    this.#connections.delete(guest);
    for (const map of [this.#byArn, this.#byConnection])
      for (const [id, one] of map) if (one === guest) map.delete(id);
    for (const [id, invoked] of this.#byRequest) if (invoked.guest === guest) this.#byRequest.delete(id);
  }

  /** What a guest sends makes it the one that the answer goes to. */
  sent(guest: G, { message }: StreamMessage): void {
    if (message.case === "registerRequest") this.#unanswered.add(guest);
    else if (message.case === "invokeRequest") this.#invoked(guest, message.value);
    else if (message.case === "wsCloseRequest") this.#forget(message.value.connectionId);
    else if (message.case === "wsOpenResponse" && !message.value.success)
      this.#forget(message.value.connectionId);
  }

  /** Nobody answers one that is sent and forgotten. */
  #invoked(guest: G, { requestId, timeoutMs, fireAndForget }: InvokeCapabilityRequest): void {
    if (fireAndForget) return;
    const now = this.#now();
    this.#byRequest.set(requestId, { guest, until: now + timeoutMs });
    if (this.#byRequest.size < this.#sweepAt) return;
    for (const [id, { until }] of this.#byRequest) if (until < now) this.#byRequest.delete(id);
    this.#sweepAt = Math.max(fewestToSweep, 2 * this.#byRequest.size);
  }

  of(message: StreamMessage): Route<G> {
    const { message: body } = message;
    switch (body.case) {
      case "registerResponse":
        return this.#registered(body.value.connectorArn, body.value.success);
      case "executeRequest":
      case "invokeRequest":
        return this.#addressed(this.#byArn, body.value.context.connector_arn);
      case "executeResponse":
      case "invokeResponse":
        return this.#answered(body.value.requestId);
      case "credentialsIssued":
      case "approvalNotification":
        return this.#addressed(this.#byKey, body.value.gatewayId);
      case "wsOpenRequest":
        return this.#opened(body.value.connectionId, body.value.headers);
      case "wsFrame":
        return this.#addressed(this.#byConnection, body.value.connectionId);
      case "wsCloseRequest":
        return this.#closed(body.value.connectionId);
      default:
        return this.#only();
    }
  }

  #only(): Route<G> {
    const [first, second] = this.#byKey.values();
    return second ? undefined : first;
  }

  #addressed(known: ReadonlyMap<string, G>, address: string | undefined): Route<G> {
    if (!address) return this.#only();
    return known.get(address) ?? "unknown";
  }

  #answered(requestId: string): Route<G> {
    const invoked = this.#byRequest.get(requestId);
    this.#byRequest.delete(requestId);
    return invoked?.guest ?? (requestId === "" ? this.#only() : "unknown");
  }

  /**
   * The peer may write another type than it was told. A refusal may come without an address; peers answer in order, so
   * it is then of the one that waits longest. An acceptance, with its session token, is given to nobody on a guess.
   */
  #registered(arn: string, success: boolean): Route<G> {
    const guest = arn === "" ? this.#unaddressed(success) : this.#byArnText(arn);
    if (!guest) return arn === "" ? undefined : "unknown";
    this.#unanswered.delete(guest);
    if (success && arn !== "") this.#byArn.set(arn, guest);
    return guest;
  }

  #unaddressed(success: boolean): G | undefined {
    const [oldest] = this.#unanswered;
    const only = this.#only();
    return typeof only === "object" ? only : success ? undefined : oldest;
  }

  #byArnText(arn: string): G | undefined {
    const parts = partsOfArn(arn);
    return parts && this.#named(parts.key, parts.instanceId);
  }

  /** Two of one instance id are not told apart by it. */
  #named(key: string, instanceId: string): G | undefined {
    const exact = this.#byKey.get(key);
    if (exact) return exact;
    const alike = [...this.#byKey.values()].filter((guest) => guest.instanceId === instanceId);
    return alike.length === 1 ? alike[0] : undefined;
  }

  #opened(connectionId: string, headers: Readonly<Record<string, string>>): Route<G> {
    const route = this.#addressed(this.#byArn, headers[relayAddress]);
    this.#forget(connectionId);
    if (typeof route !== "object") return route;
    const open = this.#connections.get(route) ?? 0;
    if (open >= mostConnections) return route;
    this.#byConnection.set(connectionId, route);
    this.#connections.set(route, open + 1);
    return route;
  }

  #closed(connectionId: string): Route<G> {
    const route = this.#addressed(this.#byConnection, connectionId);
    this.#forget(connectionId);
    return route;
  }

  #forget(connectionId: string): void {
    const guest = this.#byConnection.get(connectionId);
    if (!guest) return;
    this.#byConnection.delete(connectionId);
    this.#connections.set(guest, (this.#connections.get(guest) ?? 1) - 1);
  }
}
