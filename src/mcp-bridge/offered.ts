/** The tools of connectors as a server of the Model Context Protocol tells them, and the connector behind each. */
import type { Connector, TaskType } from "../connectors/connector.js";
import { invalidConfig } from "../errors.js";
import { ConnectorBehavior } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../is-object.js";

export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { readonly type: "object" };
  readonly outputSchema?: { readonly type: "object" };
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export interface Offered {
  readonly tools: readonly OfferedTool[];
  readonly byName: ReadonlyMap<string, Connector>;
}

function parsed(json: string | undefined): unknown {
  try {
    return json === undefined ? undefined : JSON.parse(json);
  } catch {
    return undefined;
  }
}

const isOfObject = (schema: unknown): schema is { readonly type: "object" } =>
  isObject(schema) && schema.type === "object";

/** The hints in `tool_schemas`, by the names of the tools. */
function annotationsIn(
  metadata: Connector["metadata"],
): ReadonlyMap<unknown, Readonly<Record<string, unknown>>> {
  const schemas = parsed(metadata.tool_schemas);
  if (!Array.isArray(schemas)) return new Map();
  return new Map(
    schemas.flatMap((one: unknown) =>
      isObject(one) && isObject(one.annotations) ? [[one.name, { ...one.annotations }] as const] : [],
    ),
  );
}

function toolOf(task: TaskType, annotations: Readonly<Record<string, unknown>> | undefined): OfferedTool {
  const input = parsed(task.inputSchemaJson);
  const output = parsed(task.outputSchemaJson);
  return {
    name: task.taskTypeId,
    description: task.description,
    inputSchema: isOfObject(input) ? input : { type: "object" },
    ...(isOfObject(output) ? { outputSchema: output } : {}),
    ...(annotations ? { annotations } : {}),
  };
}

/** Throws INVALID_CONFIG for connectors without tools, and for two tools of one name. */
export function offeredBy(connectors: readonly Connector[]): Offered {
  const byName = new Map<string, Connector>();
  const tools = connectors.flatMap((connector) => {
    const { behaviors, taskTypes, metadata } = connector.description?.current() ?? connector;
    if (!behaviors.includes(ConnectorBehavior.TOOL)) return [];
    const annotations = annotationsIn(metadata);
    return taskTypes.map((task) => {
      const other = byName.get(task.taskTypeId);
      if (other)
        throw invalidConfig(
          `Two tools are called "${task.taskTypeId}" (of "${other.connectorType}" and "${connector.connectorType}"): clients tell tools by their names; rename one.`,
        );
      byName.set(task.taskTypeId, connector);
      return toolOf(task, annotations.get(task.taskTypeId));
    });
  });
  if (tools.length === 0)
    throw invalidConfig("None of the connectors has tools: make one with toolConnector().");
  return { tools, byName };
}
