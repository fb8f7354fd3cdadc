/** Where people sign in, as a register answer says it: the protocol's `OidcConfig`. */
import { create } from "@bufbuild/protobuf";
import { type OidcConfig, OidcConfigSchema } from "../gen/matrix/connectors/v1/connector_service_pb.js";
import type { SignInConfig } from "./gateway.js";

export function oidcConfigOf(signIn: SignInConfig): OidcConfig {
  return create(OidcConfigSchema, {
    authorizationEndpoint: signIn.authorization_endpoint,
    tokenEndpoint: signIn.token_endpoint,
    issuer: signIn.issuer,
    clientId: signIn.client_id,
    scopes: [...signIn.scopes],
    userinfoEndpoint: signIn.userinfo_endpoint,
  });
}
