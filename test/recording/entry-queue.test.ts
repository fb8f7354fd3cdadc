import fc from "fast-check";
import { expect, it } from "vitest";
import type { Entry } from "../../src/recording/entry.js";
import { EntryQueue } from "../../src/recording/entry-queue.js";
import { entryOf } from "./entries.js";

it("is a list to whose end entries come and whose first goes, however often it grows and turns", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -40, max: 60 }), { maxLength: 30 }), (moves) => {
      const queue = new EntryQueue();
      const list: Entry[] = [];
      for (const move of moves) {
        for (let added = 0; added < move; added += 1) {
          const entry = { ...entryOf(1), number: list.length };
          queue.add(entry);
          list.push(entry);
        }
        for (let dropped = 0; dropped < -move; dropped += 1) expect(queue.drop()).toBe(list.shift());
        expect(queue.size).toBe(list.length);
        expect(queue.all()).toEqual(list);
        expect([...queue.backwards()]).toEqual(list.toReversed());
      }
    }),
  );
});
