/**
 * What a connector says of what it can do, kept for people who want to try it: for as long as its stream, and of
 * schemas no more than a bound, since anybody may connect.
 */
import type {
  ConnectorCapabilities,
  RegisterConnectorRequest,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { ConnectorBehavior } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { isObject } from "../is-object.js";

/** In characters, of all texts of one connector together. */
const keptLength = 256 * 1_024;

const mostTools = 1_000;
const mostApps = 20;

interface DeclaredTool {
  readonly name: string;
  readonly description: string;
  /** JSON as it came; undefined: too long to be kept. */
  readonly input: string | undefined;
  readonly output: string | undefined;
}

/** Of an app that it shows of itself; the rest of its manifest is for the gateways that have a navigation. */
interface DeclaredApp {
  readonly name: string;
  readonly entryPath: string;
}

export interface Declared {
  readonly version: string;
  readonly behaviors: readonly string[];
  readonly tools: readonly DeclaredTool[];
  readonly apps: readonly DeclaredApp[];
}

const nameOf = new Map<number, string>(
  Object.entries(ConnectorBehavior).map(([name, value]) => [value, name.toLowerCase()]),
);

function toolsOf({ taskTypes }: ConnectorCapabilities): readonly DeclaredTool[] {
  let left = keptLength;
  const kept = (text: string): string | undefined => {
    if (text.length > left) return undefined;
    left -= text.length;
    return text;
  };
  return taskTypes.slice(0, mostTools).map(({ name, description, inputSchemaJson, outputSchemaJson }) => ({
    name: name.slice(0, 256),
    description: kept(description) ?? "",
    input: kept(inputSchemaJson),
    output: kept(outputSchemaJson),
  }));
}

/** Of each manifest that is one. */
function appsOf({ metadata }: ConnectorCapabilities): readonly DeclaredApp[] {
  const text = metadata.app_manifests ?? metadata.app_manifest;
  if (text === undefined || text.length > keptLength) return [];
  const given = schema(text);
  return (Array.isArray(given) ? given : [given]).slice(0, mostApps).flatMap((one: unknown) => {
    const { name, entry_path: entryPath } = isObject(one) ? one : {};
    if (typeof name !== "string" || typeof entryPath !== "string") return [];
    return [{ name: name.slice(0, 256), entryPath: entryPath.slice(0, 1_024) }];
  });
}

export function declaredBy({ capabilities }: RegisterConnectorRequest): Declared | undefined {
  return (
    capabilities && {
      version: capabilities.version.slice(0, 256),
      behaviors: capabilities.behaviors.slice(0, 16).map((one) => nameOf.get(one) ?? String(one)),
      tools: toolsOf(capabilities),
      apps: appsOf(capabilities),
    }
  );
}

/** Null for what is no JSON, or was not kept. */
function schema(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** As the HTTP API tells it. */
export const declaredInWords = ({ version, behaviors, tools, apps }: Declared) => ({
  version,
  behaviors,
  ...(apps.length > 0 ? { apps } : {}),
  tools: tools.map(({ name, description, input, output }) => ({
    name,
    description,
    parameters: schema(input),
    result: schema(output),
  })),
});
