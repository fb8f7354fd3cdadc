/** Items that are read in batches. */
import { sourceConnector } from "mooring";
import { z } from "zod";

const cities = [
  { id: 1, name: "Bern", country: "ch" },
  { id: 2, name: "Wien", country: "at" },
  { id: 3, name: "Graz", country: "at" },
];

export default sourceConnector({
  type: "my-connector",
  version: "0.1.0",
  query: z.object({ country: z.string().optional() }),
  async *fetch({ query, cursor }) {
    for (const city of cities)
      if (city.id > Number(cursor ?? 0) && city.country === (query.country ?? city.country)) yield city;
  },
  cursorOf: (city) => String(city.id),
});
