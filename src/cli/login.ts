/** `mooring login`: signs a person in at a gateway, in their browser. Prints no token. */
import { openBrowser, signIn } from "../sign-in/index.js";
import { printable } from "./foreign-text.js";
import { write } from "./lines.js";
import { type GatewayOption, withSignIn } from "./sign-in-tools.js";

interface LoginOptions extends GatewayOption {
  /** False with `--no-browser`. */
  readonly browser: boolean;
  /** In ms. */
  readonly timeout: number;
}

/** Opens the browser, or says what to do without one: the address works in any browser that reaches this computer. */
async function bring(url: string, mayOpen: boolean): Promise<void> {
  if (mayOpen && (await openBrowser(url))) {
    write("Sign in in the browser window that has opened. If there is none, open this address:");
  } else {
    const { port } = new URL(new URL(url).searchParams.get("redirect_uri") ?? "");
    write("Open this address in a browser on this computer:");
    write(`(From another computer, forward the port first: ssh -L ${port}:127.0.0.1:${port} THIS-COMPUTER)`);
  }
  write("");
  write(`  ${url}`);
  write("");
  write("Waiting for the sign-in …");
}

export async function login(options: LoginOptions): Promise<void> {
  await withSignIn(options, async ({ gatewayUrl, file, http }) => {
    const { subject } = await signIn({
      gatewayUrl,
      http,
      file,
      timeoutMs: options.timeout,
      visit: (url) => bring(url, options.browser),
    });
    write(`Signed in at ${gatewayUrl} as ${printable(subject) || "somebody without a name"}.`);
    write(`Kept in ${file.path}; end it with: mooring logout`);
  });
}
