/** `mooring logout`: takes the tokens of a sign-in back where that is offered, and deletes them. */
import { signOut } from "../sign-in/index.js";
import { write } from "./lines.js";
import { type GatewayOption, withSignIn } from "./sign-in-tools.js";

const words = {
  done: "The tokens are revoked and deleted.",
  failed: "The tokens are deleted here, but the token server could not be made to revoke them.",
  "not offered": "The tokens are deleted here; the token server offers no way to revoke them.",
} as const;

export async function logout(options: GatewayOption): Promise<void> {
  await withSignIn(options, async ({ gatewayUrl, file, http }) => {
    const { wasSignedIn, revocation } = await signOut({ file, http });
    write(
      wasSignedIn
        ? `Signed out at ${gatewayUrl}. ${words[revocation]}`
        : `Nobody was signed in at ${gatewayUrl}.`,
    );
  });
}
