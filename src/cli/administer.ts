/** `mooring approve`, `reject`, `list`, `call`, `retry` and `tokens`: what an administrator asks of a gateway. */

import { type Patience, sayWhatIsMissing, withRegistration } from "./await-registration.js";
import { exitCodes } from "./exit-codes.js";
import { columnsOf } from "./fit.js";
import { namesInWords, printable } from "./foreign-text.js";
import { isFields, noGateway, withGateway } from "./gateway-api.js";
import { complain, write, writeJson } from "./lines.js";
import { listedBy } from "./listed.js";
import { registrationTable } from "./registration-table.js";
import type { GatewayOption } from "./sign-in-tools.js";
import { wrongForm } from "./wrong-form.js";

const at = (key: string, action: string) => `/api/registrations/${encodeURIComponent(key)}/${action}`;

const done = {
  approve: "approved; it serves at once.",
  reject: "rejected; it takes no requests until it is approved.",
  retry: "asked to register again; requests that wait for it go out then.",
} as const;

/** Nobody can hasten it from here: there is no stream to ask it on. */
const comesBack =
  "approved; it is not connected now, and serves when it next registers: one that runs tries again by itself within about 30 s (its refusedDelayMs).";

/** Approved is not yet served: the gateway says why it may not come back. */
function outcome(action: keyof typeof done, wasConnected: boolean, answer: unknown): string {
  const refused = action === "approve" && isFields(answer) ? answer.refused : undefined;
  if (typeof refused === "string") return `approved; but ${printable(refused, 1_000)}`;
  return action === "approve" && !wasConnected ? comesBack : done[action];
}

export async function decide(action: keyof typeof done, key: string, options: Patience): Promise<void> {
  const words = await withGateway(options, (call, gatewayUrl) =>
    withRegistration(
      key,
      options,
      () => listedBy(call, gatewayUrl),
      async () => {
        // Afterwards it may be between the stream that waited and the one that serves.
        const before = action === "approve" ? await listedBy(call, gatewayUrl) : [];
        const wasConnected = before.some((one) => one.key === key && one.connected);
        return outcome(action, wasConnected, await call("POST", at(key, action), {}));
      },
    ),
  );
  write(`${printable(key)}: ${words}`);
}

export async function list(options: GatewayOption & { readonly json?: boolean }): Promise<void> {
  const registrations = await withGateway(options, listedBy);
  if (options.json) return writeJson(registrations);
  if (registrations.length === 0) return write("No connector has registered at this gateway.");
  for (const line of registrationTable(registrations, columnsOf(process.stdout))) write(line);
}

interface CallOptions extends Patience {
  readonly tool?: string;
  /** As `tool`, with the payload as it is. */
  readonly capability?: string;
  readonly context: Readonly<Record<string, string>>;
  /** In ms. */
  readonly timeout: number;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrongForm(`The payload must be JSON, such as '{"a":1}'.`, cause);
  }
}

/** What the form of a request that failed may have had to do with it. */
function formHint(
  { tool, capability }: CallOptions,
  value: unknown,
  tools: readonly string[],
): string | undefined {
  if (tool !== undefined || tools.length === 0) return undefined;
  if (capability === undefined)
    return `If a tool is meant, name it with --tool; known: ${printable(namesInWords(tools), 4_096)}.`;
  const isWrapped = isFields(value) && (value.parameters !== undefined || value.args !== undefined);
  if (isWrapped || !tools.includes(capability)) return undefined;
  return `${printable(capability)} is a tool: --tool puts its arguments into { "parameters": … }, --capability sends the payload as it is.`;
}

/** Prints the answer's value. A failure of the connector ends the command with 1. */
export async function call(key: string, payload: string | undefined, options: CallOptions): Promise<void> {
  const { tool, capability = tool, context, timeout } = options;
  const value = payload === undefined ? {} : parsed(payload);
  const body = {
    payload: tool === undefined ? value : { parameters: value },
    ...(capability === undefined ? {} : { capabilityId: capability }),
    context,
    timeoutMs: timeout,
  };
  let tools: readonly string[] = [];
  const answer = await withGateway(
    options,
    async (ask, gatewayUrl) => {
      sayWhatIsMissing(key, timeout, await listedBy(ask, gatewayUrl));
      return withRegistration(
        key,
        options,
        () => listedBy(ask, gatewayUrl),
        async () => {
          const found = await ask("POST", at(key, "execute"), body);
          if (!isFields(found) || typeof found.success !== "boolean")
            throw noGateway(gatewayUrl, "no answer to a request");
          if (!found.success)
            tools = (await listedBy(ask, gatewayUrl)).find((one) => one.key === key)?.tools ?? [];
          return found;
        },
      );
    },
    timeout + 5_000,
  );
  const { success, error, requestId, payload: result } = answer;
  if (success === true) return writeJson(result);
  const why = `${printable(key)} answered with a failure: ${printable(String(error), 8_192)}`;
  complain(`${why} (request ${printable(String(requestId))})`);
  const hint = formHint(options, value, tools);
  if (hint !== undefined) complain(hint);
  process.exitCode = exitCodes.failed;
}

interface TokenOptions extends GatewayOption {
  /** In ms. */
  readonly ttl?: number;
}

/** Issues a one-time token and prints it in the form that connectors read. */
export async function tokens(owner: string, options: TokenOptions): Promise<void> {
  const [tenantId, connectorType, instanceId, ...rest] = owner.split(".");
  if (!tenantId || !connectorType || instanceId === "" || rest.length > 0)
    throw wrongForm(
      `Whom the token is for must be TENANT.TYPE or TENANT.TYPE.INSTANCE; got "${printable(owner)}".`,
    );
  const body = {
    tenantId,
    connectorType,
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(options.ttl === undefined ? {} : { ttlMs: options.ttl }),
  };
  writeJson(await withGateway(options, (ask) => ask("POST", "/api/one-time-tokens", body)));
}
