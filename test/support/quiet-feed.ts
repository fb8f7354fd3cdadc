/** A feed in which nothing is and nothing happens. */
import type { InspectionFeed } from "mooring";
import { RuntimeFeed } from "../../src/inspect/feed.js";

export const quietFeed = (): InspectionFeed =>
  new RuntimeFeed({
    listen: () => () => {},
    standing: () => [],
    standingOf: () => [],
    newestOf: (owners) => owners.map(() => []),
    registrations: () => new Map(),
  });
