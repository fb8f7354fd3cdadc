/** What `login`, `logout` and `whoami` share: the gateway meant, its saved sign-in, and an HTTP client. */
import { MooringError } from "../errors.js";
import {
  createHttpClient,
  gatewayHttpUrl,
  type HttpClient,
  httpTls,
  SignInError,
  TokenFile,
} from "../sign-in/index.js";

export interface GatewayOption {
  readonly gateway?: string;
}

interface SignInTools {
  readonly gatewayUrl: string;
  readonly file: TokenFile;
  readonly http: HttpClient;
}

/** Runs a command; what goes wrong in a sign-in becomes one line. */
export async function withSignIn<T>(
  { gateway }: GatewayOption,
  run: (tools: SignInTools) => Promise<T>,
): Promise<T> {
  const gatewayUrl = gatewayHttpUrl(gateway, process.env);
  const http = createHttpClient({ timeoutMs: 15_000, tls: httpTls(process.env) });
  try {
    return await run({ gatewayUrl, file: new TokenFile(gatewayUrl), http });
  } catch (error) {
    if (!(error instanceof SignInError)) throw error;
    // Nobody could be asked.
    if (error.code === "UNREACHABLE") process.exitCode = 2;
    const code =
      error.code === "CONFIG" || error.code === "SIGNED_OUT" ? "INVALID_CONFIG" : "CONNECTION_ERROR";
    throw new MooringError(code, error.message, { cause: error });
  } finally {
    http.close();
  }
}
