/** Events, published and read by topic. */
import { eventConnector } from "mooring";

export default eventConnector({ type: "my-connector", version: "0.1.0" });
