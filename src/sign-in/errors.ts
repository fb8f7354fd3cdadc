/** Why a sign-in, or something that needs one, did not work. No message quotes a secret or a peer. */

export type SignInErrorCode =
  | "CONFIG" // the gateway's sign-in cannot be used
  | "UNREACHABLE" // no answer from the gateway or the token server
  | "DENIED" // the person or the server said no
  | "UNTRUSTED" // an answer failed its checks
  | "CLOCK_SKEW" // a token of this moment is out of its time by our clock
  | "TIMEOUT" // nobody came back from the browser in time
  | "SIGNED_OUT" // nobody is signed in, or no longer
  | "STORE"; // the saved sign-in cannot be read or written

export class SignInError extends Error {
  readonly code: SignInErrorCode;
  constructor(code: SignInErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SignInError";
    this.code = code;
  }
}
