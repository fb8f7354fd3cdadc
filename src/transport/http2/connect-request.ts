/** The request that opens a connector's stream. */
import { packageVersion } from "../../version.js";

export const connectPath = "/matrix.connectors.v1.ConnectorService/Connect";

/** Nothing else: identity and credentials travel inside the register request (docs/protocol.md, "The stream"). */
export const connectHeaders = {
  "content-type": "application/grpc",
  te: "trailers",
  "user-agent": `mooring/${packageVersion}`,
} as const;
