/** Register requests and their answers by hand against Protobuf-ES, which is always right. */
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  ConnectorCapabilitiesSchema,
  type ConnectorScope,
  InstanceMetadataSchema,
  OidcConfigSchema,
  RegisterConnectorRequestSchema,
  RegisterConnectorResponseSchema,
  type RegistrationStatus,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { decodeStreamMessage } from "../../src/protocol/message-decoder.js";
import { MessageWriter } from "../../src/protocol/message-writer.js";
import { registerSize } from "../../src/protocol/register-writer.js";
import { weightOf } from "../../src/transport/outbound-weight.js";
import { bothAgree, bytes, framed, strayField, text } from "./codec-cases.js";

/** The answer to a register request, of statuses that no version knows as well. */
const registered = fc
  .record({
    success: fc.boolean(),
    address: fc.oneof(fc.constant(""), text),
    error: fc.oneof(fc.constant(""), text),
    connectorArn: text,
    status: fc.constantFrom<RegistrationStatus[]>(
      ...([0, 1, 2, 3, 99, 127, 128, -1] as RegistrationStatus[]),
    ),
    sessionToken: text,
    oidcConfig: fc.option(
      text.map((issuer) => create(OidcConfigSchema, { issuer })),
      { nil: undefined },
    ),
  })
  .map(({ oidcConfig, ...value }) =>
    create(StreamMessageSchema, {
      message: {
        case: "registerResponse",
        value: create(RegisterConnectorResponseSchema, oidcConfig ? { ...value, oidcConfig } : value),
      },
    }),
  );

/** Fields that are bytes already, as a register request has them. */
const encodedFields = fc.array(
  fc.record({ no: fc.constantFrom(4, 15, 16, 5_000), data: bytes }).map(({ no, data }) => ({
    no,
    wireType: 2,
    data: Uint8Array.from([data.length & 0x7f, ...data.subarray(0, data.length & 0x7f)]),
  })),
  { maxLength: 2 },
);

const label = fc
  .record({
    displayName: text,
    tags: fc.array(text, { maxLength: 3 }),
    metadata: fc.dictionary(
      text.filter((key) => key !== "__proto__"),
      text,
      { maxKeys: 3 },
    ),
    $unknown: fc.option(encodedFields, { nil: undefined }),
  })
  .map(({ $unknown, ...value }) => {
    const made = create(InstanceMetadataSchema, value);
    if ($unknown) made.$unknown = $unknown;
    return made;
  });

const registering = fc
  .record({
    value: fc.record({
      tenantId: text,
      connectorType: text,
      instanceId: text,
      jwtToken: fc.oneof(text, fc.constant("j".repeat(20_000))),
      sessionToken: text,
      scope: fc.constantFrom<ConnectorScope[]>(...([0, 1, 2, 99, 128, -1] as ConnectorScope[])),
    }),
    instanceMetadata: fc.option(label, { nil: undefined }),
    capabilities: fc.boolean(),
    $unknown: fc.option(encodedFields, { nil: undefined }),
  })
  .map(({ value, instanceMetadata, capabilities, $unknown }) => {
    const made = create(RegisterConnectorRequestSchema, value);
    if (instanceMetadata) made.instanceMetadata = instanceMetadata;
    if (capabilities) made.capabilities = create(ConnectorCapabilitiesSchema, { version: "1" });
    if ($unknown) made.$unknown = $unknown;
    return create(StreamMessageSchema, { message: { case: "registerRequest", value: made } });
  });

describe("the answer to a register request", () => {
  it("is read as Protobuf-ES reads it, whole, followed by something, and cut short", () => {
    fc.assert(
      fc.property(registered, strayField, fc.nat(), fc.nat(255), (value, stray, where, byte) => {
        const message = Buffer.from(toBinary(StreamMessageSchema, value));
        bothAgree(message);
        bothAgree(Buffer.concat([message, stray]));
        bothAgree(Buffer.concat([message, message]));
        bothAgree(message.subarray(0, where % message.length));
        message[where % message.length] = byte;
        bothAgree(message);
      }),
      { numRuns: 500 },
    );
    const { message } = decodeStreamMessage(Buffer.from([0x12, 5, 0x08, 1, 0x22, 1, 0x61]), 0, 7);
    expect(message).toEqual({
      case: "registerResponse",
      value: create(RegisterConnectorResponseSchema, { success: true, connectorArn: "a" }),
    });
  });
});

describe("a register request", () => {
  it("has the bytes that Protobuf-ES writes, one after the other", () => {
    const writer = new MessageWriter();
    fc.assert(
      fc.property(fc.array(registering, { minLength: 1, maxLength: 4 }), (messages) => {
        const lengths = messages.map((one) => writer.append(one));
        const expected = messages.map(framed);
        expect(Buffer.concat(writer.take()).equals(Buffer.concat(expected))).toBe(true);
        expect(lengths).toEqual(expected.map((frame) => frame.length - 5));
      }),
      { numRuns: 500 },
    );
  });

  it("tells its length before it is written, and is written by hand where it can be", () => {
    fc.assert(
      fc.property(registering, (message) => {
        expect(weightOf(message)).toBe(toBinary(StreamMessageSchema, message).length);
      }),
    );
    const value = create(RegisterConnectorRequestSchema, { tenantId: "t", instanceId: "i" });
    expect(registerSize(value)).toBe(8);
    expect(registerSize(create(RegisterConnectorRequestSchema, { tenantId: "é" }))).toBeUndefined();
  });
});
