/** `mooring whoami`: who is signed in at a gateway, as its token server says now. Prints no token. */
import { whoAmI } from "../sign-in/index.js";
import { printable } from "./foreign-text.js";
import { write, writeJson } from "./lines.js";
import { type GatewayOption, withSignIn } from "./sign-in-tools.js";

export async function whoami(options: GatewayOption & { readonly json?: boolean }): Promise<void> {
  await withSignIn(options, async ({ file, http }) => {
    const person = await whoAmI({ file, http });
    if (options.json) return writeJson(person);
    write(`${printable(person.subject) || "somebody without a name"} at ${person.gatewayUrl}`);
    const until = new Date(person.accessTokenExpiresAt).toISOString();
    write(`access token until ${until}${person.renewable ? ", renewed by itself after that" : ""}`);
  });
}
