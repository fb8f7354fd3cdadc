/** `try_tool`: sends one request to a connector through the embedded gateway. */
import * as z from "zod";
import { isObject } from "../../is-object.js";
import { type Answer, answer, BadArgument, unknownName } from "../answer.js";
import { clipped, jsonOf } from "../bounds.js";
import type { GatewayDoor } from "../doors.js";
import { keyArgument } from "../schemas.js";

const longestMs = 300_000;

export const tryInput = z.strictObject({
  key: keyArgument,
  tool: z.string().optional().describe("The tool's name. Left out: the connector takes the payload itself."),
  parameters: z
    .unknown()
    .optional()
    .describe("The tool's parameters, or the payload without a tool: a JSON value. Default {}."),
  context: z.record(z.string(), z.string()).optional().describe("Texts that go with the request."),
  timeoutMs: z
    .int()
    .min(1)
    .max(longestMs)
    .default(30_000)
    .describe("How long to wait for the answer. Default 30,000."),
});

export const tryOutput = z.object({
  success: z.boolean().describe("The handler returned; false: it threw, and `error` says what."),
  requestId: z.string(),
  durationMs: z.number().nullable().describe("Time in the handler, as the connector says."),
  result: z.unknown().describe("The result; null when it is too long for an answer."),
  resultText: z.string().nullable().describe("The beginning of a result that is too long for an answer."),
  error: z.string().nullable(),
});

interface Listed {
  readonly key: string;
  readonly state: string;
  readonly connected: boolean;
  readonly tools: readonly string[];
}

const isListed = (one: unknown): one is Listed =>
  isObject(one) && "key" in one && typeof one.key === "string" && "tools" in one && Array.isArray(one.tools);

async function registrationsAt(gateway: GatewayDoor): Promise<readonly Listed[]> {
  const found = await gateway.call("GET", "/api/registrations");
  if (Array.isArray(found) && found.every(isListed)) return found;
  throw new BadArgument(
    "What answers at --gateway is no embedded gateway of Mooring's: it lists no registrations.",
  );
}

async function requireCallable(gateway: GatewayDoor, key: string, tool: string | undefined): Promise<void> {
  const all = await registrationsAt(gateway);
  const one = all.find((other) => other.key === key);
  if (!one) {
    const keys = all.map((other) => other.key);
    throw unknownName("registration at this gateway", key, keys);
  }
  if (one.state !== "approved" || !one.connected)
    throw new BadArgument(
      `${key} takes no requests: it is ${one.state}${one.connected ? "" : " and not connected"}. ${one.state === "pending" ? `Approve it: mooring approve ${key}.` : "explain says why."}`,
    );
  if (tool !== undefined && one.tools.length > 0 && !one.tools.includes(tool))
    throw unknownName(`tool of ${key}`, tool, one.tools);
}

const mostCharacters = 8_000;

function told(answered: unknown): z.output<typeof tryOutput> {
  if (!isObject(answered)) throw new BadArgument("The gateway's answer is none to a request.");
  const { success, requestId, durationMs, payload, error } = answered as Readonly<Record<string, unknown>>;
  const text = jsonOf(payload, Number.POSITIVE_INFINITY);
  const fits = text.length <= mostCharacters;
  return {
    success: success === true,
    requestId: String(requestId),
    durationMs: typeof durationMs === "number" ? durationMs : null,
    result: fits ? (payload ?? null) : null,
    resultText: fits ? null : clipped(text, mostCharacters),
    error: success === true ? null : clipped(String(error)),
  };
}

export async function tryTool(gateway: GatewayDoor, input: z.output<typeof tryInput>): Promise<Answer> {
  const { key, tool, parameters = {}, context, timeoutMs } = input;
  await requireCallable(gateway, key, tool);
  const path = `/api/registrations/${encodeURIComponent(key)}/execute`;
  const data = told(
    await gateway.call("POST", path, {
      payload: tool === undefined ? parameters : { parameters },
      ...(tool === undefined ? {} : { capabilityId: tool }),
      ...(context === undefined ? {} : { context }),
      timeoutMs,
    }),
  );
  const text = data.success
    ? `Answered in ${data.durationMs} ms: ${data.resultText ?? jsonOf(data.result, 1_000)}`
    : `The connector answered with a failure: ${data.error}`;
  return answer(text, data);
}
