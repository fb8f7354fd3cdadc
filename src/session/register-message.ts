/**
 * The register request (docs/protocol.md, "The register request"), built anew each time from the credentials.
 * What is the same for thousands (capabilities, `sdk.*` facts) is encoded once, see `encoded-parts.ts`.
 */
import { create } from "@bufbuild/protobuf";
import type { Connector, ConnectorDescription } from "../connectors/connector.js";
import type { RegisterTokens } from "../credentials/credentials.js";
import {
  ConnectorCapabilitiesSchema,
  ConnectorScope,
  InstanceMetadataSchema,
  RegisterConnectorRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
  TaskTypeSchemaSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Identity } from "../protocol/identity.js";
import { encodedOnce } from "./encoded-parts.js";
import { sdkFacts } from "./sdk-facts.js";

/** For whom a registration is there. */
export type RegistrationScope = "tenant" | "global";

const scopes: Readonly<Record<RegistrationScope, ConnectorScope>> = {
  tenant: ConnectorScope.TENANT,
  global: ConnectorScope.GLOBAL,
};

/** How people recognise the instance, and for whom it is there. */
export interface InstanceLabel {
  /** Default: the instance id. */
  readonly displayName?: string;
  readonly tags: readonly string[];
  /** Operator metadata; wins over `sdk.*`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Default: unspecified. */
  readonly scope?: RegistrationScope;
}

const capabilitiesOf = encodedOnce(RegisterConnectorRequestSchema, (connector: ConnectorDescription) => ({
  capabilities: create(ConnectorCapabilitiesSchema, {
    connectorType: connector.connectorType,
    version: connector.version,
    supportedEncodings: [...connector.supportedEncodings],
    behaviors: [...connector.behaviors],
    metadata: { ...connector.metadata },
    taskTypes: connector.taskTypes.map((task) =>
      create(TaskTypeSchemaSchema, { inputSchemaJson: "{}", outputSchemaJson: "{}", ...task }),
    ),
  }),
}));

/** What the connector says of itself now; the same object until it says something else. */
export const describedBy = (connector: Connector): ConnectorDescription =>
  connector.description?.current() ?? connector;

const factsOf = encodedOnce(InstanceMetadataSchema, (metadata: Readonly<Record<string, string>>) => ({
  metadata: { ...metadata },
}));

function instanceMetadata(identity: Identity, label: InstanceLabel, facts: Readonly<Record<string, string>>) {
  // On the wire the last of two entries with one key counts, and what was encoded before comes last.
  const overrides = Object.keys(label.metadata).some((key) => Object.hasOwn(facts, key));
  return {
    $typeName: InstanceMetadataSchema.typeName,
    displayName: label.displayName ?? identity.instanceId,
    tags: [...label.tags],
    metadata: overrides ? { ...facts, ...label.metadata } : { ...label.metadata },
    ...(overrides ? {} : { $unknown: factsOf(facts) }),
  };
}

export function registerMessage(
  identity: Identity,
  connector: Connector,
  label: InstanceLabel,
  tokens: RegisterTokens,
  transport: { readonly kind: string; readonly tls: boolean },
): StreamMessage {
  const value = {
    $typeName: RegisterConnectorRequestSchema.typeName,
    $unknown: capabilitiesOf(describedBy(connector)),
    tenantId: identity.tenantId,
    connectorType: identity.connectorType,
    instanceId: identity.instanceId,
    jwtToken: tokens.jwt.reveal(),
    sessionToken: tokens.sessionToken.reveal(),
    scope: label.scope ? scopes[label.scope] : ConnectorScope.UNSPECIFIED,
    instanceMetadata: instanceMetadata(identity, label, sdkFacts(transport)),
  };
  return { $typeName: StreamMessageSchema.typeName, message: { case: "registerRequest", value } };
}
