/**
 * The adapters under test, as the table has them. All meet the same expectations; what one says that it lacks is told
 * in docs/transports.md, and is the only thing a test may ask about.
 */
import { adapterRow, transportNames } from "../../../src/transport/adapters.js";
import type { TransportAdapter, WireKind } from "../../../src/transport/transport.js";

export interface Adapter extends TransportAdapter {
  readonly name: string;
  readonly speaks: WireKind;
}

export const adapters: readonly Adapter[] = await Promise.all(
  transportNames.map(async (name) => {
    const { speaks, adapter } = adapterRow(name);
    return { name, speaks, ...(await adapter()) };
  }),
);
