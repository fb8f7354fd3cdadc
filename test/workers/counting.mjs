import { requestResponseConnector } from "../../dist/index.js";

/** Counts in whatever thread it is. */
export default requestResponseConnector({
  type: "counting",
  version: "1.0.0",
  execute: (request, { metrics }) => {
    const { n } = request.json();
    metrics.counter("orders.taken", { shop: "north" }).increment(n);
    metrics.histogram("orders.size").record(n);
    metrics.gauge("orders.open").set(n);
    return n;
  },
});
