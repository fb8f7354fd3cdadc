/** What a gateway offers to a registration, and whether it can be taken. */
import { isKept } from "../credentials/kept-bounds.js";
import type { CredentialsIssued } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import { Secret } from "../secret.js";

/** `offer`: undefined for what is meant for another one, has no token, or is longer than anything that is kept. */
export function offerIn({ gatewayId, ott, registerUrl, matrixApiUrl }: CredentialsIssued, key: string) {
  const addressee: "none" | "own" | "other" = gatewayId === "" ? "none" : gatewayId === key ? "own" : "other";
  const isBounded =
    isKept("oneTimeToken", ott) && isKept("registerUrl", registerUrl) && isKept("apiUrl", matrixApiUrl);
  const isUsable = ott !== "" && addressee !== "other" && isBounded;
  const offer = isUsable ? { oneTimeToken: new Secret(ott), registerUrl, apiUrl: matrixApiUrl } : undefined;
  return { addressee, offer };
}
