/** Room for so many, shared by lists of any length. */

/** How many of each list: of the short ones all, of the long ones the same number each. */
export function fairShares(sizes: readonly number[], room: number): readonly number[] {
  const shares: number[] = [];
  let left = room;
  const shortestFirst = [...sizes.keys()].sort((one, other) => (sizes[one] ?? 0) - (sizes[other] ?? 0));
  for (const [place, list] of shortestFirst.entries()) {
    const share = Math.min(sizes[list] ?? 0, Math.floor(left / (sizes.length - place)));
    shares[list] = share;
    left -= share;
  }
  return shares;
}
