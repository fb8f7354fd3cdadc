/** Calls of a gateway's HTTP API as an administrator: with their token, else with the saved sign-in, else with neither. */

import { codeOf, MooringError, textOf } from "../errors.js";
import { tlsAdvice } from "../network/tls-failure.js";
import { becauseOf, freshSignIn, HttpError, SignInError } from "../sign-in/index.js";
import { exitCodes } from "./exit-codes.js";

import { printable } from "./foreign-text.js";
import { type GatewayOption, type SignInTools, withTools } from "./sign-in-tools.js";

export type ApiCall = (method: "GET" | "POST", path: string, body?: object) => Promise<unknown>;

/** Undefined where nobody is signed in, or the sign-in has ended: the gateway may want none. */
async function savedToken({ file, http }: SignInTools): Promise<string | undefined> {
  try {
    const { tokens } = await freshSignIn({ file, http });
    return tokens.accessToken.reveal();
  } catch (error) {
    if (error instanceof SignInError) return undefined;
    throw error;
  }
}

/** What a gateway has refused, by its HTTP status. */
export class Refusal extends MooringError {
  readonly status: number;
  /** The gateway's own words, clean. */
  readonly said: string;
  /** The gateway's own code of it. */
  readonly reason: string;
  /** What the gateway knows besides that may be the reason, clean. */
  readonly hint: string;

  constructor(status: number, message: string, { said = "", reason = "", hint = "" } = {}) {
    super("INVALID_CONFIG", message);
    this.status = status;
    this.said = said;
    this.reason = reason;
    this.hint = hint;
  }
}

function refusal(status: number, text: string, gatewayUrl: string): Refusal {
  if (status === 401)
    return new Refusal(
      status,
      `The gateway at ${gatewayUrl} wants an administrator: run mooring login --gateway ${gatewayUrl}, or set MOORING_ADMIN_TOKEN.`,
    );
  let said: string | undefined;
  let reason = "";
  let hint = "";
  try {
    const { error } = JSON.parse(text) as { error?: Readonly<Record<string, unknown>> };
    if (typeof error?.message === "string") said = error.message;
    if (typeof error?.code === "string") reason = error.code;
    if (typeof error?.hint === "string") hint = printable(error.hint, 1_000);
  } catch {
    // No JSON: the status says what there is to say.
  }
  const words = said ? printable(said, 1_000) : "it may be no gateway of Mooring's; see --gateway.";
  const message = `The gateway at ${gatewayUrl} answered ${status}: ${words}`;
  return new Refusal(status, message, { said: words, reason, hint });
}

function unreachable(gatewayUrl: string, cause: unknown): string {
  if (cause instanceof HttpError && cause.proxyFault !== undefined)
    return `The gateway at ${gatewayUrl} cannot be reached${becauseOf(cause)}.`;
  const code = codeOf(cause);
  const advice = gatewayUrl.startsWith("https:") ? tlsAdvice(code, "http://") : undefined;
  if (advice !== undefined) return `TLS to the gateway at ${gatewayUrl} does not open (${code}): ${advice}.`;
  return `No gateway answers at ${gatewayUrl} (${textOf(cause).replace(/\.$/, "")}). Start one with mooring dev, or name it with --gateway.`;
}

/** An answer may be anything. */
export const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The exit code says that nobody could be asked. */
export function noGateway(gatewayUrl: string, what: string, cause?: unknown): MooringError {
  process.exitCode = exitCodes.cannotAsk;
  const words = `${gatewayUrl} is no gateway of Mooring's: its answer is ${what}. Name the gateway with --gateway.`;
  return new MooringError("CONNECTION_ERROR", words, { cause });
}

async function withCalls<T>(
  tools: SignInTools,
  run: (call: ApiCall, gatewayUrl: string) => Promise<T>,
): Promise<T> {
  const { gatewayUrl, http } = tools;
  const token = process.env.MOORING_ADMIN_TOKEN || (await savedToken(tools));
  const call: ApiCall = async (method, path, body) => {
    const headers = {
      "content-type": "application/json",
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    };
    const init = { method, headers, body: body === undefined ? "" : JSON.stringify(body) };
    // Stays when nobody can be asked.
    process.exitCode = exitCodes.cannotAsk;
    const response = await http.fetch(gatewayUrl + path, init).catch((cause: unknown) => {
      throw new MooringError("CONNECTION_ERROR", unreachable(gatewayUrl, cause), { cause });
    });
    const text = await response.text();
    if (!response.ok) {
      process.exitCode = exitCodes.failed;
      throw refusal(response.status, text, gatewayUrl);
    }
    try {
      const answer: unknown = JSON.parse(text);
      process.exitCode = exitCodes.done;
      return answer;
    } catch (cause) {
      throw noGateway(gatewayUrl, "no JSON", cause);
    }
  };
  return run(call, gatewayUrl);
}

/** `timeoutMs`: how long the longest call may take. */
export async function withGateway<T>(
  option: GatewayOption,
  run: (call: ApiCall, gatewayUrl: string) => Promise<T>,
  timeoutMs?: number,
): Promise<T> {
  const limits = { maxResponseBytes: 64 * 1024 * 1024, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  return withTools(option, (tools) => withCalls(tools, run), limits);
}
