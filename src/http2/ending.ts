/**
 * The one place that ends what belongs to `node:http2`: sessions, streams, and the sockets below them. Always in a
 * turn of its own, because Node runs not only listeners but also promises and `nextTick` inside the callbacks of
 * nghttp2; ended in there, nghttp2 goes on with memory that is free (Node 20: the process spins or dies).
 *
 * A test holds every such call in `src/` to this file (`test/transport/http2-ending-rule.slow.test.ts`).
 */
import type { Http2Session, Http2Stream } from "node:http2";
import type { Socket } from "node:net";

/** CANCEL; what only ends sockets does not load `node:http2` for its name. */
const cancel = 8;

/** Runs what ends something of HTTP/2 outside every callback of it, in the order of the calls. */
export function outsideHttp2(end: () => void): void {
  setImmediate(end);
}

export function destroySession(session: Http2Session): void {
  // With NO_ERROR, streams that still wait for headers would wait for ever.
  outsideHttp2(() => session.destroy(undefined, cancel));
}

/** GOAWAY: what runs goes on, new streams go elsewhere. */
export function askBack(session: Http2Session): void {
  outsideHttp2(() => {
    if (!session.destroyed) session.goaway();
  });
}

/** Ends in order, after its streams. */
export function closeSession(session: Http2Session): void {
  outsideHttp2(() => session.close());
}

/** RST_STREAM with CANCEL. */
export function resetStream(stream: Http2Stream): void {
  outsideHttp2(() => stream.close(cancel));
}

/** For a stream that a library gets: its own resets wait for their turn, too. */
export function resetsOutside<S extends Http2Stream>(stream: S): S {
  const close = stream.close.bind(stream);
  stream.close = (code, closed) => outsideHttp2(() => close(code, closed));
  return stream;
}

export function destroySocket(socket: Socket): void {
  outsideHttp2(() => socket.destroy());
}
