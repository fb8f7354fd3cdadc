/** Lines as text. */

/** Lines that are made in one turn of the event loop. */
const linesPerTurn = 64;

/** In pieces of whole lines; other work has its turn between them. */
export async function* inPieces(lines: Iterable<string>): AsyncGenerator<string, void> {
  let piece: string[] = [];
  for (const line of lines) {
    piece.push(`${line}\n`);
    if (piece.length < linesPerTurn) continue;
    yield piece.join("");
    piece = [];
    await new Promise(setImmediate);
  }
  if (piece.length > 0) yield piece.join("");
}
