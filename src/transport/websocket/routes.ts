/**
 * Whose a message on a shared socket is (docs/protocol.md, "Several registrations on one socket"). What is addressed to
 * somebody who is not here goes to nobody; what has no address goes to the only one there is.
 */
import type { StreamMessage } from "../../gen/matrix/connectors/v1/connector_service_pb.js";
import { partsOfArn } from "../../protocol/identity.js";
import { relayAddress } from "../../protocol/relay-frames.js";

/** A registration on the socket. */
export interface Guest {
  /** `tenant.type.instance`. */
  readonly key: string;
  readonly instanceId: string;
}

/** `unknown`: it is addressed to somebody who is not here. Undefined: it has no address, and there are several or none. */
export type Route<G extends Guest> = G | "unknown" | undefined;

/** Relayed WebSockets that are open at once; a peer that closes none of them is not followed beyond. */
const mostConnections = 10_000;

export class Routes<G extends Guest> {
  readonly #byKey = new Map<string, G>();
  readonly #byArn = new Map<string, G>();
  /** Requests of ours, which the peer answers. */
  readonly #byRequest = new Map<string, G>();
  readonly #byConnection = new Map<string, G>();
  /** Those whose register request is not answered yet, in the order of the requests. */
  readonly #unanswered = new Set<G>();

  guests(): Iterable<G> {
    return this.#byKey.values();
  }

  admit(guest: G): void {
    this.#byKey.set(guest.key, guest);
  }

  evict(guest: G): void {
    if (this.#byKey.get(guest.key) === guest) this.#byKey.delete(guest.key);
    this.#unanswered.delete(guest);
    for (const map of [this.#byArn, this.#byRequest, this.#byConnection])
      for (const [id, one] of map) if (one === guest) map.delete(id);
  }

  /** What a guest sends makes it the one that the answer goes to. */
  sent(guest: G, { message }: StreamMessage): void {
    if (message.case === "registerRequest") this.#unanswered.add(guest);
    else if (message.case === "invokeRequest") this.#byRequest.set(message.value.requestId, guest);
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
    const route = this.#addressed(this.#byRequest, requestId);
    this.#byRequest.delete(requestId);
    return route;
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
    // One that comes again is the youngest.
    this.#byConnection.delete(connectionId);
    if (typeof route === "object") this.#byConnection.set(connectionId, route);
    if (this.#byConnection.size > mostConnections) {
      const [oldest = ""] = this.#byConnection.keys();
      this.#byConnection.delete(oldest);
    }
    return route;
  }

  #closed(connectionId: string): Route<G> {
    const route = this.#addressed(this.#byConnection, connectionId);
    this.#byConnection.delete(connectionId);
    return route;
  }
}
