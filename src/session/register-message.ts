/** The register request (`protocol/connectors.md` §3.1), built anew each time from what the credentials hold now. */
import { create } from "@bufbuild/protobuf";
import type { Connector } from "../connectors/connector.js";
import type { RegisterTokens } from "../credentials/credentials.js";
import {
  ConnectorCapabilitiesSchema,
  InstanceMetadataSchema,
  RegisterConnectorRequestSchema,
  type StreamMessage,
  StreamMessageSchema,
  TaskTypeSchemaSchema,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { Identity } from "../protocol/identity.js";
import { sdkFacts } from "./sdk-facts.js";

/** How people recognise the instance. */
export interface InstanceLabel {
  /** Default: the instance id. */
  readonly displayName?: string;
  readonly tags: readonly string[];
  /** Operator metadata; wins over `sdk.*`. */
  readonly metadata: Readonly<Record<string, string>>;
}

function capabilities(connector: Connector) {
  return create(ConnectorCapabilitiesSchema, {
    connectorType: connector.connectorType,
    version: connector.version,
    supportedEncodings: [...connector.supportedEncodings],
    behaviors: [...connector.behaviors],
    metadata: { ...connector.metadata },
    taskTypes: connector.taskTypes.map((task) =>
      create(TaskTypeSchemaSchema, { inputSchemaJson: "{}", outputSchemaJson: "{}", ...task }),
    ),
  });
}

export function registerMessage(
  identity: Identity,
  connector: Connector,
  label: InstanceLabel,
  tokens: RegisterTokens,
  transport: { readonly kind: string; readonly tls: boolean },
): StreamMessage {
  const value = create(RegisterConnectorRequestSchema, {
    tenantId: identity.tenantId,
    connectorType: identity.connectorType,
    instanceId: identity.instanceId,
    capabilities: capabilities(connector),
    jwtToken: tokens.jwt.reveal(),
    sessionToken: tokens.sessionToken.reveal(),
    instanceMetadata: create(InstanceMetadataSchema, {
      displayName: label.displayName ?? identity.instanceId,
      tags: [...label.tags],
      metadata: { ...sdkFacts(transport), ...label.metadata },
    }),
  });
  return create(StreamMessageSchema, { message: { case: "registerRequest", value } });
}
