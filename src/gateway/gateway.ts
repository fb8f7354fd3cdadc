/** The embedded gateway as callers see it: types only. Times in milliseconds. */
import type { PayloadEncoding } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Logger } from "../logger.js";
import type { Identity } from "../protocol/identity.js";
import type { RelayClose, RelayFrame } from "../protocol/relay-frames.js";
import type { FaultSettings } from "./faults.js";

/** Who decides whether an unknown connector may serve. */
export type ApprovalRule =
  | "automatic"
  | "manual"
  /** Decides by who asks. */
  | ((identity: Identity) => "automatic" | "manual");

/**
 * Options of `startGateway`.
 *
 * @example
 * ```ts
 * import { type GatewayOptions, startGateway } from "mooring/gateway";
 *
 * const options: GatewayOptions = { port: 50061, approval: "automatic", state: "./gateway-state" };
 * const gateway = await startGateway(options);
 * console.log(gateway.url);
 * ```
 */
export interface GatewayOptions {
  /**
   * Address to listen on.
   * @default `127.0.0.1`
   */
  readonly host?: string;
  /**
   * Port to listen on. 0: any free port.
   * @default 0
   */
  readonly port?: number;
  /**
   * Host names by which HTTP and gRPC requests may call it besides `host` and those of loopback, without
   * ports, so that web pages cannot reach it through a name of their own.
   * @default none on loopback, elsewhere any
   */
  readonly allowedHosts?: readonly string[];
  /** Certificate and key (PEM); with `clientCa`, clients need a certificate of it. Default: no TLS. */
  readonly tls?: {
    /** Certificate (PEM); without `tls` there is no TLS. */
    readonly cert: string;
    /** Key of the certificate (PEM). */
    readonly key: string;
    /** With it, clients need a certificate of this authority (PEM). */
    readonly clientCa?: string;
  };
  /**
   * Who decides whether an unknown connector may serve: `automatic`, `manual`, or a function of its
   * identity.
   * @default `manual`
   */
  readonly approval?: ApprovalRule;
  /**
   * Bearer token for the administrators' part of the HTTP API. Required when `host` is not loopback.
   * @default none
   */
  readonly adminToken?: string;
  /**
   * A folder to keep approvals, clients, keys and what was issued in, over restarts and `kill -9`; for one
   * gateway at a time. The file in it is a secret.
   * @default everything is in memory
   */
  readonly state?: string;
  /**
   * Realm of the token server.
   * @default `matrix`
   */
  readonly realm?: string;
  /**
   * Largest message taken.
   * @default 4 MiB
   */
  readonly maxMessageBytes?: number;
  /**
   * HTTP/2 streams on one connection.
   * @default 1,000
   */
  readonly maxConcurrentStreams?: number;
  /**
   * How often a request goes out whose stream ends before its answer, before it is given up.
   * @default 10
   */
  readonly maxDeliveries?: number;
  /**
   * Bytes that may wait to be read in all streams together. Past that the stream that holds most is reset,
   * and its requests go out on the next one.
   * @default 256 MiB
   */
  readonly maxUnreadBytes?: number;
  /**
   * Any pino-like logger.
   * @default silent
   */
  readonly logger?: Logger;
}

/** Options of `execute`: the request, and how long its answer may take. */
export interface ExecuteOptions {
  /** A JSON value, or bytes as they are. */
  readonly payload?: unknown;
  /**
   * How the payload is encoded.
   * @default JSON
   */
  readonly encoding?: PayloadEncoding;
  /** What of the connector is asked: of tools, the tool's name. */
  readonly capabilityId?: string;
  /**
   * Texts that go with the request.
   * @default none
   */
  readonly context?: Readonly<Record<string, string>>;
  /**
   * How long to wait for the answer.
   * @default 30,000 ms
   */
  readonly timeoutMs?: number;
  /**
   * Id of the request. The id of a request that is not answered yet is refused.
   * @default a fresh UUID
   */
  readonly requestId?: string;
  /**
   * Takes the request back: `execute` rejects with the signal's reason, and the request is not delivered
   * again. A connector that has it already is not told: the protocol has no message for that.
   */
  readonly signal?: AbortSignal;
}

/** The answer to one request. */
export interface ExecuteAnswer {
  /** The id of the request. */
  readonly requestId: string;
  /** Whether the handler returned; false when it threw. */
  readonly success: boolean;
  /** The result as it came. */
  readonly payload: Uint8Array;
  /** How it is encoded. */
  readonly encoding: PayloadEncoding;
  /** What the handler threw, in words; empty on success. */
  readonly error: string;
  /** Time in the handler, as the connector says, in ms. */
  readonly durationMs: number;
  /** The payload as JSON. Throws SyntaxError when it is none. */
  json(): unknown;
}

/** Options of `openWebSocket`: what the connector is told of it. */
export interface WebSocketOptions {
  /**
   * With a slash before it.
   * @default `/`
   */
  readonly path?: string;
  /**
   * Without a question mark.
   * @default none
   */
  readonly query?: string;
  /**
   * One value a name.
   * @default none
   */
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * How long the connector may take to decide.
   * @default 15,000 ms
   */
  readonly timeoutMs?: number;
}

/** A WebSocket that a connector has taken, at the page's end. */
export interface GatewayWebSocket {
  /** Its name in every message about it. */
  readonly connectionId: string;
  /** What the connector sends, until the connection is closed. 16 MiB may wait there; past that it is closed with 1013. */
  readonly frames: AsyncIterableIterator<RelayFrame>;
  /** Resolves when it is closed, by whomever. */
  readonly closed: Promise<RelayClose>;
  /** Sends a frame to the connector. Throws NOT_RUNNING once it is closed. */
  send(frame: RelayFrame): void;
  /** Throws INVALID_CONFIG for a code outside 1000 to 4999. Idempotent. */
  close(code?: number, reason?: string): void;
}

/** A registration as the gateway knows it. */
export interface GatewayRegistration {
  /** `tenant.type.instance`. */
  readonly key: string;
  /** `matrix:tenant:type:instance`. */
  readonly arn: string;
  /** What was decided about it. */
  readonly state: "pending" | "approved" | "rejected";
  /** Whether its connector has a stream open. */
  readonly connected: boolean;
  /** Why an administrator is asked to approve somebody now; null when nobody waits. */
  readonly approvalAsked: string | null;
  /** Why its connector does not come back, with what to do; null while it is connected, and when nothing is known. */
  readonly refused: string | null;
  /** The name that people see. */
  readonly displayName: string;
  /** The names of its capabilities. */
  readonly tools: readonly string[];
  /** Requests that are not answered yet. */
  readonly openExecutes: number;
}

/** Counts since the start, beside `openConnections` and `activeStreams`, which are of now. */
export interface GatewayStats {
  /** Connections taken. */
  readonly connectionsAccepted: number;
  /** Connections open now. */
  readonly openConnections: number;
  /** Streams opened. */
  readonly streamsOpened: number;
  /** Streams open now. */
  readonly activeStreams: number;
  /** The most streams that were open at once. */
  readonly peakStreams: number;
  /** Register requests that came. */
  readonly registerRequests: number;
  /** Registers answered with "approved". */
  readonly accepted: number;
  /** Registers answered with "wait for approval". */
  readonly pending: number;
  /** Registers refused. */
  readonly refused: number;
  /** Heartbeats that came. */
  readonly heartbeats: number;
  /** Requests sent, each delivery of one counted. */
  readonly executesSent: number;
  /** Answers that came. */
  readonly answersReceived: number;
  /** Answers to requests that were answered before; dropped. */
  readonly duplicateAnswers: number;
  /** Answers to requests that were never made; dropped. */
  readonly unknownAnswers: number;
  /** Reports of counters that came. */
  readonly metricsReports: number;
  /** Streams that came while an older one of the same registration was open. */
  readonly overlappingStreams: number;
  /** Messages given up with streams whose clients did not read; requests among them went out on the next stream. */
  readonly unreadMessages: number;
  /** What came on WebSockets and is no message; dropped. */
  readonly unreadableMessages: number;
  /** Registrations that nobody had approved, forgotten because newer ones came; the oldest go first. */
  readonly forgottenRegistrations: number;
}

/** What happens at the gateway; `on` tells it. `key` names the registration. */
export type GatewayEvent =
  /** A register request has come; what it is answered follows. */
  | { readonly type: "registering" }
  /** A register request was accepted. */
  | {
      readonly type: "registered";
      readonly key: string;
      readonly state: "pending" | "approved";
      /** Why it waits for approval although the identity is known. */
      readonly why?: string;
    }
  /** A register request was refused; `why`: what the connector is told. */
  | { readonly type: "refused"; readonly key: string; readonly why: string }
  /** The token server refused a client: a revoked one, with the key of its registration, or one that it does not know. */
  | { readonly type: "clientRefused"; readonly clientId: string; readonly key: string | undefined }
  /** A connector opened a stream. */
  | { readonly type: "streamOpened" }
  /** A stream is over. */
  | {
      readonly type: "streamClosed";
      readonly key: string | undefined;
      /** A newer stream of the same registration has taken its place. */
      readonly replaced: boolean;
    }
  /** A heartbeat has come. */
  | { readonly type: "heartbeat"; readonly key: string | undefined }
  /** A connector answered a heartbeat of the gateway. */
  | { readonly type: "heartbeatAnswered"; readonly key: string | undefined }
  /** `execute` has taken a request. */
  | {
      readonly type: "requested";
      readonly key: string;
      readonly requestId: string;
      readonly capabilityId: string;
      /** Null: it went out at once. */
      readonly waitsFor: "approval" | "connection" | null;
    }
  /** A connector answered a request. */
  | {
      readonly type: "answered";
      readonly key: string;
      readonly requestId: string;
      readonly success: boolean;
      readonly error: string;
      /** Time in the handler, as the connector says, in ms. */
      readonly durationMs: number;
    }
  /** A request came to its end without an answer: `execute` rejects with `error`. */
  | { readonly type: "unanswered"; readonly key: string; readonly requestId: string; readonly error: unknown }
  /** A connector reported its counters. */
  | {
      readonly type: "metrics";
      readonly key: string | undefined;
      readonly report: Readonly<Record<string, unknown>>;
    }
  /** Somebody who administers the gateway has done something; `key`: the registration it was about, if it was about one. */
  | {
      readonly type: "administered";
      readonly what:
        | "approved"
        | "rejected"
        | "removed"
        | "retried"
        | "token issued"
        | "client revoked"
        | "faults set"
        | "disturbed";
      readonly key?: string;
    }
  /** A fault has done its work once. */
  | { readonly type: "fault"; readonly name: string }
  /** What was decided or issued is not on the disk, and will not outlive the gateway. */
  | { readonly type: "stateNotSaved"; readonly error: unknown };

/** A token by which one connector may get an identity of its own, once. */
export interface OneTimeToken {
  /** The token itself; a secret. */
  readonly token: string;
  /** When it can no longer be used, wall clock in ms. */
  readonly expiresAt: number;
}

/** Whom a one-time token is for. Without `instanceId`: any instance of the type, once. */
export interface OneTimeTokenOwner {
  /** The tenant of the registration. */
  readonly tenantId: string;
  /** The type of the connector. */
  readonly connectorType: string;
  /** Which of several of that type. */
  readonly instanceId?: string;
}

/** A client of the token server. */
export interface GatewayClient {
  /** The name by which it signs in. */
  readonly clientId: string;
  /** The registration that it stands for. */
  readonly key: string;
  /** How its assertions are signed. */
  readonly algorithm: string;
  /** Hexadecimal SHA-256 of its public key (SPKI). */
  readonly fingerprint: string;
  /** How it was made. */
  readonly origin: "one-time-token" | "mounted-key";
  /** Whether it gets no more tokens. */
  readonly revoked: boolean;
}

/** A key that an operator mounts into a connector, registered beforehand. */
export interface MountedKeyClient {
  /** The registration that may use the key. */
  readonly identity: Identity;
  /** SPKI PEM, or a JWK as text or object. */
  readonly publicKey: string | object;
  /** Default: a fresh one. An id that this registration has already gets the new key instead. */
  readonly clientId?: string;
}

/** Where people sign in: the protocol's `OidcConfig`, and the endpoints for signing out. */
export interface SignInConfig {
  /** Where the browser signs in. */
  readonly authorization_endpoint: string;
  /** Where tokens are issued and renewed. */
  readonly token_endpoint: string;
  /** Who issues the tokens. */
  readonly issuer: string;
  /** The client of the command line. */
  readonly client_id: string;
  /** What is asked for. */
  readonly scopes: readonly string[];
  /** Who has signed in. */
  readonly userinfo_endpoint: string;
  /** Where tokens are given back. */
  readonly revocation_endpoint: string;
  /** Where the browser signs out. */
  readonly end_session_endpoint: string;
}

/**
 * An embedded gateway that listens. `await using` closes it at the end of the block. What takes a `key` throws
 * INVALID_CONFIG for one that never registered.
 *
 * @example
 * ```ts
 * import { type Gateway, startGateway } from "mooring/gateway";
 *
 * const gateway: Gateway = await startGateway();
 * await gateway.until((one) => one.registrations().some(({ state }) => state === "pending"), 60_000);
 * gateway.approve("acme.echo.one");
 * const answer = await gateway.execute("acme.echo.one", { payload: { hello: 1 }, timeoutMs: 1_000 });
 * console.log(answer.success ? answer.json() : answer.error);
 * await gateway.close();
 * ```
 */
export interface Gateway extends AsyncDisposable {
  /** `grpc://host:port` or `grpcs://…`: what a runtime dials. */
  readonly url: string;
  /** `http://host:port` or `https://…`: the HTTP API, on the same port. */
  readonly httpUrl: string;
  /** The port it listens on. */
  readonly port: number;
  /** The full realm URL of the token server. */
  readonly realmUrl: string;
  /** All registrations it knows. */
  registrations(): readonly GatewayRegistration[];
  /** Approves a registration: at once, or when it next registers. A stream that asks for its identity goes first. */
  approve(key: string): void;
  /**
   * Holds until `approve`: its session tokens count no more, and with other proof it waits for approval, whatever the
   * rule says. Of a stream that asks for an identity with an owner only the stream is rejected.
   */
  reject(key: string): void;
  /** Ends its stream, so that it registers again. Throws REGISTRATION_ERROR when it has none. */
  retry(key: string): void;
  /** Forgets a registration and revokes its credentials and session tokens; its stream is ended. */
  deregister(key: string): void;
  /**
   * Sends a request and waits for its one answer. Kept over reconnects of the connector and restarts of the
   * gateway; from the second delivery on its context has `delivery_attempt`. Rejects with TIMEOUT when the time is over,
   * which says what it waited for, with REGISTRATION_ERROR when the registration is rejected, with INVOKE_FAILED after
   * `maxDeliveries`, and with NOT_RUNNING when the gateway is closed.
   */
  execute(key: string, options?: ExecuteOptions): Promise<ExecuteAnswer>;
  /**
   * Opens a WebSocket to a connector, as a page of it would. Rejects with INVOKE_FAILED when the connector refuses it,
   * with TIMEOUT, and with NOT_RUNNING when the connector does not serve.
   */
  openWebSocket(key: string, options?: WebSocketOptions): Promise<GatewayWebSocket>;
  /** Issues a one-time token, good for `ttlMs` (600,000). Throws INVALID_CONFIG for an owner that cannot have one. */
  issueOneTimeToken(owner: OneTimeTokenOwner, ttlMs?: number): OneTimeToken;
  /** Registers the public half of a mounted key. Throws INVALID_CONFIG for an unusable key or a taken client id. */
  registerClient(client: MountedKeyClient): GatewayClient;
  /** All clients of the token server. */
  clients(): readonly GatewayClient[];
  /**
   * The client gets no more tokens, and those it has count no more, nor do session tokens of its registration. Throws
   * INVALID_CONFIG for an unknown id.
   */
  revokeClient(clientId: string): void;
  /** Where people sign in; also at `GET /api/oidc-config`. */
  readonly signIn: SignInConfig;
  /** Sends a heartbeat request to a registration. */
  heartbeat(key: string): void;
  /** Sends `credentials_issued` with anything in it. */
  issueCredentials(
    key: string,
    overrides?: { gatewayId?: string; registerUrl?: string; matrixApiUrl?: string; ott?: string },
  ): void;
  /** Faults in force; changes apply at once. Throws INVALID_CONFIG for an unknown name or value. */
  fault(settings: FaultSettings): void;
  /** All faults with their values. */
  faults(): Readonly<Record<string, unknown>>;
  /** Ends streams or connections now. `goaway`: asks them back politely; `reset`: RST_STREAM; `cut`: destroys sockets. */
  disturb(how: "goaway" | "reset" | "cut" | "close"): void;
  /**
   * Closes everything and listens again on the same port after `downMs` (0), with the same state. `politely`: GOAWAY
   * and trailers first.
   */
  restart(options?: { readonly politely?: boolean; readonly downMs?: number }): Promise<void>;
  /** Counts of what came and went. */
  stats(): GatewayStats;
  /** Calls `listener` with each event from now on; what is returned ends that. */
  on(listener: (event: GatewayEvent) => void): () => void;
  /** Resolves as soon as the condition holds; looked at after every event. Rejects with TIMEOUT after `timeoutMs` (10,000). */
  until(condition: (gateway: Gateway) => boolean, timeoutMs?: number): Promise<void>;
  /**
   * Stops listening, and ends in order: streams with the status UNAVAILABLE, then connections with GOAWAY. What clients
   * have not let go after half a second is cut.
   */
  close(): Promise<void>;
}
