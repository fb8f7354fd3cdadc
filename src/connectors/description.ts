/** What a connector says of itself to the gateway, so that it stays as it is. */
import type { Connector } from "./connector.js";

type Description = Pick<Connector, "behaviors" | "supportedEncodings" | "metadata" | "taskTypes">;

/**
 * A frozen copy. The register request encodes it once for all registrations: a later change would be lost without a
 * word, so that it is refused instead.
 */
export const fixed = (description: Description): Description => ({
  behaviors: Object.freeze([...description.behaviors]),
  supportedEncodings: Object.freeze([...description.supportedEncodings]),
  metadata: Object.freeze({ ...description.metadata }),
  taskTypes: Object.freeze(description.taskTypes.map((task) => Object.freeze({ ...task }))),
});
