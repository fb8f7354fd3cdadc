/** The transports that are not the default. */
import { defaultTransport } from "../../src/transport/default.js";
import { grpcTransports } from "../support/transports.js";
import { badConnections } from "./bad-connections.js";

for (const transport of grpcTransports.filter((name) => name !== defaultTransport)) badConnections(transport);
