/** Requests of connectors to connectors of their own tenant: each becomes an ordinary request of its target. */
import { create } from "@bufbuild/protobuf";
import { textOf } from "../errors.js";
import {
  type InvokeCapabilityRequest,
  InvokeCapabilityResponseSchema,
  PayloadEncoding,
} from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { maxInvokeDepth } from "../protocol/limits.js";
import type { GatewayCore } from "./core.js";
import type { Registration } from "./registry.js";
import type { Body } from "./unread.js";

interface Outcome {
  readonly success: boolean;
  readonly payload: Uint8Array;
  readonly encoding: PayloadEncoding;
  readonly error: string;
  readonly durationMs: number;
}

const failure = (error: string): Outcome => ({
  success: false,
  payload: new Uint8Array(),
  encoding: PayloadEncoding.JSON,
  error,
  durationMs: 0,
});

/** A star stands for any text within a part; a target of one part is a type. */
function matches(
  pattern: string,
  { tenantId, connectorType, instanceId }: Registration["identity"],
): boolean {
  const parts = pattern.split(".");
  const [tenant = "*", type = "*", instance = "*"] = parts.length === 1 ? ["*", pattern] : parts;
  const fits = (part: string, text: string) => part === "*" || part === text;
  return (
    parts.length <= 3 && fits(tenant, tenantId) && fits(type, connectorType) && fits(instance, instanceId)
  );
}

/** Part by part: the caller's runtime takes a key, three words with dots between, for a token, and hides it. */
function described(address: string): string {
  const [tenant, type, instance, ...rest] = address.split(".");
  if (instance === undefined || rest.length > 0) return `"${address}"`;
  return `tenant "${tenant}", type "${type}", instance "${instance}"`;
}

/** In the context of a request: how many connectors have asked one another before. */
export const invokeDepth = "x-invoke-depth";

/** Of that tenant alone. One that serves goes before one that does not. */
export function targetIn(core: GatewayCore, tenantId: string, address: string): Registration | undefined {
  const ownTenant = core.registry.all().filter(({ identity }) => identity.tenantId === tenantId);
  const exact = ownTenant.find(({ key, arn }) => key === address || arn === address);
  const fitting = ownTenant.filter(({ identity }) => matches(address, identity));
  return exact ?? fitting.find(({ stream }) => stream?.isServing) ?? fitting[0];
}

async function outcomeOf(
  core: GatewayCore,
  caller: Registration,
  asked: InvokeCapabilityRequest,
): Promise<Outcome> {
  const depth = Number(asked.context[invokeDepth] ?? 0);
  // What is no number is none that is small enough.
  if (!(depth <= maxInvokeDepth)) return failure(`invoke depth limit: ${maxInvokeDepth} connectors in a row`);
  const { tenantId } = caller.identity;
  const target = targetIn(core, tenantId, asked.targetAddress);
  if (!target) {
    const whom = described(asked.targetAddress.slice(0, 200));
    return failure(`there is no such connector in the tenant "${tenantId}" of who asks: ${whom}`);
  }
  try {
    const { success, payload, encoding, error, durationMs } = await core.execute(target, {
      payload: asked.payload,
      encoding: asked.payloadEncoding || PayloadEncoding.JSON,
      capabilityId: asked.capabilityId,
      // Whose the request is, is not the connector's to say.
      context: { ...asked.context, tenant_id: tenantId },
      ...(asked.timeoutMs > 0 ? { timeoutMs: asked.timeoutMs } : {}),
    });
    return { success, payload, encoding, error, durationMs };
  } catch (error) {
    return failure(textOf(error));
  }
}

/** The answer goes out by `send`, unless nobody waits for one. */
export async function invokeFor(
  core: GatewayCore,
  caller: Registration | undefined,
  asked: InvokeCapabilityRequest,
  send: (body: Body) => void,
): Promise<void> {
  const outcome = caller ? await outcomeOf(core, caller, asked) : failure("the caller is not registered");
  if (asked.fireAndForget) return;
  const { success, payload, encoding, error, durationMs } = outcome;
  const { requestId } = asked;
  const value = create(InvokeCapabilityResponseSchema, {
    requestId,
    success,
    payload,
    payloadEncoding: encoding,
    error,
    durationMs: BigInt(Math.trunc(durationMs)),
  });
  send({ case: "invokeResponse", value });
}
