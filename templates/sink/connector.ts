/** Items that are written in lists. */
import { sinkConnector } from "mooring";
import { z } from "zod";

/** A database in its place is asked in `write`. */
export const stock = new Map<string, number>();

export default sinkConnector({
  type: "my-connector",
  version: "0.1.0",
  item: z.object({ article: z.string().min(1), pieces: z.number().int() }),
  write: (items) => {
    for (const { article, pieces } of items) stock.set(article, (stock.get(article) ?? 0) + pieces);
  },
});
