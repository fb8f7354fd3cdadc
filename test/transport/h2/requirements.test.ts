/**
 * What RFC 9113 and RFC 7541 ask of a client, row by row: each row's bytes are received whole and in small pieces, and
 * all that the client writes and says is compared.
 */
import { describe, expect, it } from "vitest";
import { ping } from "./support/frames.js";
import { requirements } from "./support/requirement-table.js";
import type { Requirement } from "./support/requirements.js";
import { connectionAt } from "./support/stages.js";

/** What came of a row: the whole of it, so that nothing passes unseen. */
function outcome({ stage, sends }: Requirement, pieceBytes: number) {
  const driven = connectionAt(stage);
  driven.written();
  const owner = driven.owners[0];
  const heardBefore = owner?.heard.length ?? 0;
  driven.receive(sends, pieceBytes);
  const writes = driven.written();
  const hears = owner?.heard.slice(heardBefore);
  return { writes, hears, ends: driven.fault?.code, driven };
}

describe.each([
  ["whole", Number.MAX_SAFE_INTEGER],
  ["byte by byte", 1],
  ["in pieces of 7 bytes", 7],
])("received %s", (_how, pieceBytes) => {
  // Byte by byte, megabytes only take time.
  const rows = requirements.filter(({ sends }) => pieceBytes > sends.length || sends.length < 200_000);

  it.each(rows)("$number (section $section): the peer $peer ($stage)", (row) => {
    const { driven, ...came } = outcome(row, Math.min(pieceBytes, row.sends.length));
    expect(came).toEqual({ writes: row.writes, hears: row.hears, ends: row.ends });

    expect(driven.wire.isDestroyed).toBe(row.ends !== undefined);
    const before = driven.told.length;
    driven.receive(ping(0xee));
    if (row.ends !== undefined) {
      expect(driven.written()).toEqual([]);
      expect(driven.told).toHaveLength(before);
    } else if (driven.told.some((one) => one.startsWith("settled"))) {
      expect(driven.written()).toEqual(["PING ACK ee"]);
    }
  });
});

it("numbers its rows without gaps, and says each once", () => {
  expect(requirements.map(({ number }) => number)).toEqual(requirements.map((_, place) => place + 1));
  const said = requirements.map(({ section, peer, stage }) => `${section} ${peer} ${stage}`);
  expect(said.filter((one, place) => said.indexOf(one) !== place)).toEqual([]);
});
