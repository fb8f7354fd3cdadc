/** Whether a register request proves who it comes from. */
import type { RegisterConnectorRequest } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { GatewayCore } from "./core.js";

export type RegistrationProof = "proven" | "anonymous" | { readonly refused: string };

export async function proofOf(
  { faults, registry, sessionTokens, tokenServer }: GatewayCore,
  request: RegisterConnectorRequest,
  key: string,
): Promise<RegistrationProof> {
  const { expireSessionTokens, refuseAccessTokens } = faults.current;
  const sessionValid =
    request.sessionToken !== "" &&
    !expireSessionTokens &&
    // It goes on with a registration; one that was removed has none.
    registry.get(key) !== undefined &&
    sessionTokens.isValid(request.sessionToken, key);
  if (sessionValid) return "proven";
  if (request.jwtToken !== "") {
    if (refuseAccessTokens) return { refused: "token_expired" };
    return (await tokenServer.isValid(request.jwtToken, key)) ? "proven" : { refused: "jwt_invalid" };
  }
  return request.sessionToken === "" ? "anonymous" : { refused: "Registration failed" };
}
