/** What iterating over a subscription gives: one event after the other until it is closed. */
import type { EventDelivery } from "./broker.js";

export async function* everyDelivery(
  next: () => Promise<EventDelivery | undefined>,
): AsyncGenerator<EventDelivery, void> {
  for (let delivery = await next(); delivery; delivery = await next()) yield delivery;
}
