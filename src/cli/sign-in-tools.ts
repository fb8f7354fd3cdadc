/** What the commands that call a gateway share: the gateway meant, its saved sign-in, and an HTTP client. */

import { MooringError } from "../errors.js";
import {
  createHttpClient,
  gatewayHttpUrl,
  type HttpClient,
  httpTls,
  httpWays,
  SignInError,
  TokenFile,
} from "../sign-in/index.js";
import { exitCodes } from "./exit-codes.js";

export interface GatewayOption {
  readonly gateway?: string;
}

export interface SignInTools {
  readonly gatewayUrl: string;
  readonly file: TokenFile;
  readonly http: HttpClient;
}

/** How long a call may take, and what its answer may hold. */
interface CallLimits {
  readonly timeoutMs?: number;
  readonly maxResponseBytes?: number;
}

/** Runs a command with the gateway meant, and what it calls it with. */
export async function withTools<T>(
  { gateway }: GatewayOption,
  run: (tools: SignInTools) => Promise<T>,
  limits: CallLimits = {},
): Promise<T> {
  const gatewayUrl = gatewayHttpUrl(gateway, process.env);
  const http = createHttpClient({
    timeoutMs: 15_000,
    tls: httpTls(process.env),
    ways: httpWays(process.env),
    ...limits,
  });
  try {
    return await run({ gatewayUrl, file: new TokenFile(gatewayUrl), http });
  } finally {
    http.close();
  }
}

/** Runs a command; what goes wrong in a sign-in becomes one line. */
export async function withSignIn<T>(
  option: GatewayOption,
  run: (tools: SignInTools) => Promise<T>,
): Promise<T> {
  try {
    return await withTools(option, run);
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    // Nobody could be asked.
    if (error.code === "UNREACHABLE") process.exitCode = exitCodes.cannotAsk;
    const code =
      error.code === "CONFIG" || error.code === "SIGNED_OUT" ? "INVALID_CONFIG" : "CONNECTION_ERROR";
    throw new MooringError(code, error.message, { cause: error });
  }
}
