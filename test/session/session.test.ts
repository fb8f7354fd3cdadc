import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import type { CredentialOffer, SecretKeeper } from "../../src/credentials/credentials.js";
import {
  ApprovalNotificationSchema,
  CredentialsIssuedSchema,
  ExecuteRequestSchema,
  HeartbeatRequestSchema,
  HeartbeatResponseSchema,
  RegisterConnectorRequestSchema,
  RegisterConnectorResponseSchema,
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { safeText } from "../../src/protocol/gateway-text.js";
import type { ControlEvent } from "../../src/session/control.js";
import { RoundTrips } from "../../src/session/metrics-report.js";
import { StreamSession } from "../../src/session/session.js";
import { Ticker } from "../../src/session/ticker.js";
import type { TransportStream } from "../../src/transport/transport.js";
import { doorsWithout, executionWith } from "../support/work-rig.js";

type Body = NonNullable<StreamMessage["message"]>;
const message = (body: Body) => create(StreamMessageSchema, { message: body });

function rig() {
  const { execution, clock } = executionWith((asked) => asked.json());
  const kept = { sessionTokens: [] as string[], offers: [] as CredentialOffer[] };
  const credentials: SecretKeeper = {
    recognized: () => {},
    keepSessionToken: (token) => void kept.sessionTokens.push(token.reveal()),
    dropSessionToken: () => void kept.sessionTokens.push("dropped"),
    deposit: (offer) => `offer-${kept.offers.push(offer)}`,
  };
  const session = new StreamSession({
    identity: { tenantId: "t", connectorType: "c", instanceId: "i" },
    key: "t.c.i",
    credentials,
    execution,
    doors: doorsWithout(),
    registerMessage: (tokens) =>
      message({
        case: "registerRequest",
        value: create(RegisterConnectorRequestSchema, { jwtToken: tokens.jwt.reveal() }),
      }),
    ticker: new Ticker(0),
    pulse: { ticker: new Ticker(0), suspectMs: 1 },
    connectionCounters: () => ({ reconnection_attempts: 0, total_disconnects: 0, successful_reconnects: 0 }),
    roundTrips: new RoundTrips(),
    addedAt: 0,
    now: () => clock.now,
    wallClock: () => 42,
  });
  const sent: StreamMessage[] = [];
  const calls: string[] = [];
  const stream: TransportStream = {
    send: (one) => {
      sent.push(one);
      return true;
    },
    bufferedBytes: 0,
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
    halfClose: () => void calls.push("halfClose"),
    abort: () => void calls.push("abort"),
  };
  const events: ControlEvent[] = [];
  return {
    session,
    execution,
    clock,
    kept,
    sent,
    calls,
    stream,
    events,
    listen: () => session.listen((event) => void events.push(event)),
  };
}

const kinds = (sent: readonly StreamMessage[]) => sent.map((one) => one.message.case);
const accepted = (fields = {}) =>
  message({
    case: "registerResponse",
    value: create(RegisterConnectorResponseSchema, { success: true, status: 2, ...fields }),
  });
const heartbeatAnswer = (shouldReconnect = false) =>
  message({ case: "heartbeatResponse", value: create(HeartbeatResponseSchema, { shouldReconnect }) });
const execute = (requestId: string) =>
  message({
    case: "executeRequest",
    value: create(ExecuteRequestSchema, {
      requestId,
      payload: new TextEncoder().encode("1"),
      payloadEncoding: 1,
    }),
  });

describe("a session", () => {
  it("[C16 #61] [C17 #6] [T12.5 #5] answers a heartbeat request, and only that", () => {
    const { session, stream, sent, events, listen } = rig();
    session.bind(stream);
    listen();
    session.message(
      message({
        case: "heartbeatRequest",
        value: create(HeartbeatRequestSchema, { gatewayId: "gw", timestampMs: 1n }),
      }),
    );
    expect(sent.map((one) => one.message)).toMatchObject([
      { case: "heartbeatResponse", value: { gatewayId: "", timestampMs: 42n, shouldReconnect: false } },
    ]);
    expect(events).toEqual([]);
  });

  it("[C16 #61] [T12.5 #10] ignores an empty message and kinds it does not take, and counts them", () => {
    const { session, stream, sent, events, listen } = rig();
    session.bind(stream);
    listen();
    session.message(message({ case: undefined }));
    session.message(message({ case: undefined }));
    expect({ sent, events, ignored: session.ignored }).toEqual({
      sent: [],
      events: [],
      ignored: { empty: 2 },
    });
  });

  it("[C16 #47] [T12.11 #9 #10] sends heartbeats with no gateway's name and the time, and none once the stream has ended", () => {
    const { session, stream, sent, events, listen } = rig();
    session.bind(stream);
    listen();
    session.heartbeat();
    session.beat();
    expect(sent.map((one) => one.message)).toMatchObject(
      Array(2).fill({ case: "heartbeatRequest", value: { gatewayId: "", timestampMs: 42n } }),
    );
    session.ended({ by: "peer", failure: { cause: "server-closed" } });
    stream.send = () => false;
    session.heartbeat();
    session.beat();
    expect(sent).toHaveLength(2);
    expect(events.map(({ type }) => type)).toEqual(["stream.ended"]);
  });

  it("keeps control events for a listener that comes later, in order; work does not wait", () => {
    const { session, stream, sent, events, listen } = rig();
    session.message(accepted({ sessionToken: "s" }));
    session.message(
      message({ case: "approvalNotification", value: create(ApprovalNotificationSchema, { status: 1 }) }),
    );
    session.message(execute("early"));
    session.bind(stream);
    expect(kinds(sent)).toEqual(["executeResponse"]);
    listen();
    expect(events).toEqual([
      { type: "stream.accepted", status: "approved", hasSessionToken: true },
      { type: "stream.approval", status: "pending" },
    ]);
  });

  it("keeps the session token, and tells of refusals only in safe words", () => {
    const { session, kept, events, listen } = rig();
    listen();
    session.message(accepted({ sessionToken: "secret" }));
    session.message(
      message({
        case: "registerResponse",
        value: create(RegisterConnectorResponseSchema, {
          success: false,
          status: 3,
          error: "jwt_invalid token eyJhbGciOi.x.y for tenant",
        }),
      }),
    );
    expect(kept.sessionTokens).toEqual(["secret"]);
    expect(events[1]).toEqual({
      type: "stream.rejected",
      failure: {
        cause: "register-refused",
        code: "REGISTRATION_STATUS_3",
        detail: "The gateway says: jwt_invalid token [redacted] for tenant",
      },
    });
  });

  it("[A16 #83 #84] puts a one-time token into custody only when it is for this registration or nobody", () => {
    const { session, kept, events, listen } = rig();
    listen();
    const issued = (gatewayId: string, ott = "token") =>
      session.message(
        message({
          case: "credentialsIssued",
          value: create(CredentialsIssuedSchema, {
            gatewayId,
            ott,
            registerUrl: "/r",
            matrixApiUrl: "http://h",
          }),
        }),
      );
    issued("t.c.i");
    issued("");
    issued("t.c.other");
    issued("t.c.i", "");
    expect(events).toEqual([
      { type: "stream.credentialsIssued", offerId: "offer-1", addressee: "own" },
      { type: "stream.credentialsIssued", offerId: "offer-2", addressee: "none" },
      { type: "stream.credentialsIssued", offerId: null, addressee: "other" },
      { type: "stream.credentialsIssued", offerId: null, addressee: "own" },
    ]);
    expect(kept.offers).toHaveLength(2);
  });

  it("[T12.5 #6] confirms, by the answer to a heartbeat, what was sent before it", () => {
    const { session, stream, execution, events, listen } = rig();
    session.bind(stream);
    listen();
    session.serve();
    session.message(execute("a"));
    session.heartbeat();
    session.message(execute("b"));
    session.message(heartbeatAnswer());
    expect(execution.unconfirmed).toBe(1);
    session.heartbeat();
    session.message(heartbeatAnswer(true));
    expect(execution.unconfirmed).toBe(0);
    // An answer that nobody asked for changes nothing.
    session.message(heartbeatAnswer());
    expect(events).toEqual([
      { type: "stream.heartbeatAnswered", shouldReconnect: false },
      { type: "stream.heartbeatAnswered", shouldReconnect: true },
    ]);
  });

  it("asks for a confirmation of its own after many answers, one at a time, without telling the machine", () => {
    const { session, stream, sent, execution, events, listen } = rig();
    session.bind(stream);
    listen();
    session.serve();
    for (let i = 0; i < 600; i += 1) session.message(execute(`r${i}`));
    expect(kinds(sent).filter((kind) => kind === "heartbeatRequest")).toHaveLength(1);
    session.message(heartbeatAnswer());
    expect(execution.unconfirmed).toBeLessThan(600);
    expect(events).toEqual([]);
  });

  it("half-closes to finish, and detaches from the work when the stream has ended", () => {
    const { session, stream, calls, execution, events, listen } = rig();
    session.bind(stream);
    listen();
    session.serve();
    session.finish();
    session.ended({ by: "peer", failure: { cause: "server-closed" } });
    execution.dispatch({ ...create(ExecuteRequestSchema, { requestId: "late" }) });
    expect(calls).toEqual(["halfClose"]);
    expect(events).toEqual([
      { type: "stream.ended", beforeAcceptance: true, failure: { cause: "server-closed" } },
    ]);
    expect(execution.unconfirmed).toBe(1);
  });

  it.each([
    ["peer", false, "identity-refused", true],
    ["peer", false, "refused-by-peer", true],
    ["peer", false, "peer-unavailable", true],
    ["peer", true, "identity-refused", false],
    ["link", false, "identity-refused", false],
  ] as const)(
    "[T12.5 #17] ended by the %s, accepted %s, %s: before acceptance is %s",
    (by, isAccepted, cause, beforeAcceptance) => {
      const { session, events, listen } = rig();
      if (isAccepted) session.message(accepted());
      listen();
      session.ended({ by, failure: { cause } });
      expect(events.at(-1)).toMatchObject({ type: "stream.ended", beforeAcceptance });
    },
  );
});

describe("text of a gateway", () => {
  it.each([
    ["Registration failed", "Registration failed"],
    ["connector type not enabled (403)", "connector type not enabled (403)"],
    ["auth_invalid: token_expired", "auth_invalid: token_expired"],
    ["bearer abcDEF123 rejected", "bearer [redacted] rejected"],
    ["a-b-c-secret and 0123456789", "[redacted] and [redacted]"],
    ["one two-3 four5 six", "one [redacted] six"],
    ["no request came within 10000 ms", "no request came within 10000 ms"],
    ["above 4194304 bytes.", "above 4194304 bytes."],
    ["code 123456 is used; 123456789 ms", "code [redacted] is used; [redacted] ms"],
    ["code a123456 ms, 12345-6 bytes", "code [redacted] ms, [redacted] bytes"],
    ["", ""],
  ])("%j becomes %j", (text, safe) => {
    expect(safeText(text)).toBe(safe);
  });

  it("is bounded", () => {
    expect(safeText("word ".repeat(1_000)).length).toBeLessThanOrEqual(200);
  });
});
