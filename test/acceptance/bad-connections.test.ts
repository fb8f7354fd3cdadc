import { defaultTransport } from "../../src/transport/default.js";
import { badConnections } from "./bad-connections.js";

badConnections(defaultTransport);
