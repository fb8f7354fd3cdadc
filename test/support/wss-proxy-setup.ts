/** Each test file of the run with `TEST_TRANSPORT=wss-proxy` has a proxy, past which no connection may have come. */
import { afterAll, beforeAll } from "vitest";
import { endFileProxy, startFileProxy } from "./wss-proxy.js";

beforeAll(startFileProxy);
afterAll(endFileProxy);
