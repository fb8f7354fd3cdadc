/** What goes wrong with NATS, in words that name the fix. Errors of the client may quote what a server said: they stay causes. */
import { codeOf, invalidConfig, MooringError } from "../errors.js";
import type { Settings } from "./options.js";

/** A request that fails says with its cause why. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  return error.name === "RequestError" && error.cause instanceof Error ? error.cause.name : error.name;
}

/** A number that the server says with an error of JetStream. */
const apiCode = (error: unknown): number | undefined => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "number" ? code : undefined;
};

export const apiCodes = {
  consumerNotFound: 10014,
  notEnabled: 10039,
  streamNotFound: 10059,
  streamNameInUse: 10058,
  consumerNames: [10013, 10105, 10148],
} as const;

export const isApiError = (error: unknown, ...codes: readonly number[]): boolean => {
  const code = apiCode(error);
  return code !== undefined && codes.includes(code);
};

/** 10008: a cluster has no leader yet; 10049: the files of a stream that is being deleted are still there. */
const passingCodes = [10008, 10009, 10023, 10049];

/** What another attempt may not meet: the server is away, or not ready yet. */
export function isPassing(error: unknown): boolean {
  if (error instanceof MooringError) return false;
  if (isApiError(error, ...passingCodes)) return true;
  // The account has none: that does not pass. That nobody answers may.
  if (error instanceof Error && isApiError(error.cause, apiCodes.notEnabled)) return false;
  return ["TimeoutError", "RequestError", "NoRespondersError", "JetStreamNotEnabled"].includes(nameOf(error));
}

/** The stream is not where it was. That nobody answers to what is published for it says the same. */
export const mayLackStream = (error: unknown): boolean =>
  isApiError(error, apiCodes.streamNotFound) ||
  ["NoRespondersError", "JetStreamNotEnabled"].includes(nameOf(error));

/** As an answer that does not come. */
export const connectionLost = (): Error => Object.assign(new Error("lost"), { name: "TimeoutError" });

/** Whether what failed with it may succeed later. */
export const mayRecover = (failure: MooringError): boolean =>
  failure.code === "TIMEOUT" || isPassing(failure.cause);

/** The error as callers get it. */
export function failureOf(error: unknown, { servers, timeoutMs, stream }: Settings): MooringError {
  if (error instanceof MooringError) return error;
  const at = servers.join(", ");
  const failed = (message: string) => new MooringError("CONNECTION_ERROR", message, { cause: error });
  switch (nameOf(error)) {
    case "AuthorizationError":
    case "UserAuthenticationExpiredError":
      return failed(
        `NATS at ${at} refuses the credentials: correct user and password, token or credentialsFile.`,
      );
    case "PermissionViolationError":
      return failed(
        `NATS at ${at} forbids what this broker needs: allow its user $JS.API.>, $JS.ACK.>, _INBOX.> and ${stream}.>.`,
      );
    case "JetStreamNotEnabled":
    case "NoRespondersError":
      return invalidConfig(
        `NATS at ${at} has no JetStream: start nats-server with -js, or enable it for the account.`,
        error,
      );
    case "TimeoutError":
      return new MooringError(
        "TIMEOUT",
        `NATS at ${at} did not answer in ${timeoutMs} ms (timeoutMs): it may be lost or overloaded; the same call with the same id may be made again.`,
        { cause: error },
      );
  }
  const api = apiCode(error);
  if (api === apiCodes.streamNotFound)
    return new MooringError("STREAM_ERROR", `stream ${stream} is gone: the same call again makes it anew.`, {
      cause: error,
    });
  if (api !== undefined)
    return new MooringError("STREAM_ERROR", `NATS refuses with JetStream's error ${api}, stream ${stream}.`, {
      cause: error,
    });
  const cause = codeOf(error instanceof Error && error.cause ? error.cause : error, "");
  return failed(
    `NATS at ${at} cannot be reached${cause ? ` (${cause})` : ""}: start nats-server, or correct servers.`,
  );
}
