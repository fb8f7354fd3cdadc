/** Connectors that a thread with one request at a time cannot host whole. */
import { requestResponseConnector } from "mooring";

const plain = (type) => requestResponseConnector({ type, version: "0.0.1", execute: () => ({}) });

export const relaying = { ...plain("relaying"), relay: () => ({}) };

const described = plain("changing");
export const changing = { ...described, description: { current: () => described, watch: () => () => {} } };
