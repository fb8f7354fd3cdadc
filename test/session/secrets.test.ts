import { create, type DescField, type DescMessage } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { describe, expect, it } from "vitest";
import { requestResponseConnector } from "../../src/connectors/request-response/request-response.js";
import type { SecretKeeper } from "../../src/credentials/credentials.js";
import {
  type StreamMessage,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { RoundTrips } from "../../src/session/metrics-report.js";
import { StreamSession } from "../../src/session/session.js";
import { Ticker } from "../../src/session/ticker.js";
import { doorsWithout, executionWith } from "../support/work-rig.js";

/** Shapes that secrets have: a JWT, a key, a hex digest, a UUID, a password, base64, a PEM line, a cookie. */
const shapes = [
  "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJzM2NyZXQifQ.c2lnbmF0dXJl",
  "sk-live-51HxSecretKey0123456789",
  "9f86d081884c7d659a2feaa0c55ad015",
  "6f1c2f9e-8a53-4c7e-9f57-0c1d7a9b1e44",
  "Tr0ub4dor&3",
  "c2VjcmV0LXNlY3JldC1zZWNyZXQ=",
  "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
  "session=Zx81q;HttpOnly",
  "QWERTYUIOPASDFGH",
  "correcthorsebatterystaple",
];

/** A message of the kind with the secret in every string, bytes and map field, nested ones too. */
function planted(schema: DescMessage, secret: string) {
  const message = create(schema);
  const mirror = reflect(schema, message);
  for (const field of schema.fields) plant(mirror, field, secret);
  return message;
}

type Mirror = ReturnType<typeof reflect>;

function plant(mirror: Mirror, field: DescField, secret: string): void {
  if (field.fieldKind === "scalar") {
    const kind = typeof mirror.get(field);
    if (kind === "string") mirror.set(field, secret);
    else if (kind === "object") mirror.set(field, new TextEncoder().encode(secret));
  } else if (field.fieldKind === "map" && field.mapKind === "scalar") {
    const map = mirror.get(field);
    map.set(secret as never, (typeof field.scalar === "number" && field.scalar === 9 ? secret : 1) as never);
  } else if (field.fieldKind === "list" && field.listKind === "scalar" && field.scalar === 9) {
    mirror.get(field).add(secret as never);
  } else if (field.fieldKind === "message") {
    mirror.set(field, reflect(field.message, planted(field.message, secret) as never));
  }
}

const kinds = StreamMessageSchema.oneofs[0]?.fields ?? [];

const credentials: SecretKeeper = {
  keepSessionToken: () => {},
  recognized: () => {},
  dropSessionToken: () => {},
  deposit: () => "offer-1",
};

/** Everything that leaves a session towards machines and logs while it takes the messages. */
function seen(messages: readonly StreamMessage[]): string {
  const said: unknown[] = [];
  const say = (...words: unknown[]) => void said.push(words);
  const errors: unknown[] = [];
  const { execution } = executionWith(() => undefined, {
    logger: { debug: say, info: say, warn: say, error: say },
    connector: requestResponseConnector({
      type: "c",
      version: "1",
      execute: (request) => {
        try {
          return request.json();
        } catch (error) {
          errors.push(error);
          return null;
        }
      },
    }),
  });
  const session = new StreamSession({
    identity: { tenantId: "t", connectorType: "c", instanceId: "i" },
    key: "t.c.i",
    credentials,
    execution,
    doors: doorsWithout(),
    registerMessage: () => create(StreamMessageSchema),
    ticker: new Ticker(0),
    pulse: { ticker: new Ticker(0), suspectMs: 1 },
    connectionCounters: () => ({ reconnection_attempts: 0, total_disconnects: 0, successful_reconnects: 0 }),
    roundTrips: new RoundTrips(),
    addedAt: 0,
    now: () => 0,
    wallClock: () => 0,
  });
  session.listen((event) => void said.push(event));
  for (const message of messages) session.message(message);
  const ofErrors = errors.map((error) => {
    const { message, stack, cause } = error as Error;
    return `${message} ${stack} ${JSON.stringify(cause)} ${String(cause)}`;
  });
  return JSON.stringify([said, session.ignored, execution.counters, ofErrors]);
}

describe("secrets in what a gateway sends", () => {
  it("there are fields to plant them in", () => {
    expect(kinds.length).toBe(15);
    const message = create(StreamMessageSchema);
    const field = kinds.find((one) => one.localName === "registerResponse");
    reflect(StreamMessageSchema, message).set(
      field!,
      reflect(field!.message!, planted(field!.message!, "S3CRET") as never),
    );
    expect(
      JSON.stringify(message, (_, value) => (typeof value === "bigint" ? String(value) : value)).split(
        "S3CRET",
      ).length,
    ).toBeGreaterThan(8);
  });

  it.each(shapes)("never reach control events, logs, counters or errors: %s", (secret) => {
    const messages = kinds.map((field) => {
      const message = create(StreamMessageSchema);
      if (field.fieldKind === "message")
        reflect(StreamMessageSchema, message).set(
          field,
          reflect(field.message, planted(field.message, secret) as never),
        );
      return message;
    });
    expect(seen(messages)).not.toContain(secret);
  });

  it.each(shapes)("nor hidden in the words of a refusal: %s", (secret) => {
    const texts = [
      `token ${secret} refused`,
      `invalid_token: "${secret}"`,
      `Bearer ${secret}, expired`,
      `jwt=${secret}`,
      `(${secret})`,
      `{"token":"${secret}"}`,
      `${"word ".repeat(158)}${secret}`,
    ];
    const messages = texts.map((error) =>
      create(StreamMessageSchema, { message: { case: "registerResponse", value: { error } } } as never),
    );
    const all = seen(messages);
    expect(all).not.toContain(secret);
    expect(all).toContain("[redacted]");
  });

  it("nor as the beginning of a word that is cut off", () => {
    const error = `${"a1 ".repeat(264)} planted${"0".repeat(40)}`;
    const refused = create(StreamMessageSchema, {
      message: { case: "registerResponse", value: { error } },
    } as never);
    expect(seen([refused])).toContain("The gateway says: [redacted]");
    expect(seen([refused])).not.toContain("planted");
  });

  it("nor in the error of a payload that is no JSON", () => {
    const payload = new TextEncoder().encode('hunter2 "password"');
    const messages = [1, 2, 4].map((payloadEncoding) =>
      create(StreamMessageSchema, {
        message: {
          case: "executeRequest",
          value: { requestId: `r${payloadEncoding}`, payload, payloadEncoding },
        },
      } as never),
    );
    const all = seen(messages);
    expect(all).toContain("Deserialization error: JSON deserialization failed: invalid JSON");
    expect(all).not.toMatch(/hunter2|password/);
  });
});
