/**
 * The adapters under test. All meet the same expectations; what one cannot do by its library's nature is named
 * here with the reason, is told in docs/transports.md, and is the only thing a test may ask about.
 */
import { createConnectTransport } from "../../../src/transport/connect.js";
import { createGrpcJsTransport } from "../../../src/transport/grpc-js/transport.js";
import { createLeanTransport } from "../../../src/transport/lean/transport.js";
import type { TransportOptions } from "../../../src/transport/options.js";
import type { Transport } from "../../../src/transport/transport.js";

/** What an adapter cannot do, and why. */
export interface Differences {
  /** The number of streams a peer allows is kept. */
  readonly streamLimit?: string;
  /** A status made up by the library is told from one that the peer sent after its response headers. */
  readonly madeUpStatus?: string;
  /** Messages that came right before an error status are delivered. */
  readonly messagesBeforeError?: string;
  /** Compression is neither offered nor taken. */
  readonly compression?: string;
  /** A paused stream leaves the others of its connection their share of the window. */
  readonly windowOfOwn?: string;
  /** A connection in doubt is asked, and used again when it answers. */
  readonly probe?: string;
  /** A session that Node gave up in silence, for a peer that broke HTTP/2, is found by the next stream on it. */
  readonly deadSession?: string;
}

export interface Adapter {
  readonly name: string;
  readonly create: (options: TransportOptions) => Transport;
  readonly differences: Differences;
}

export const adapters: readonly Adapter[] = [
  { name: "lean", create: createLeanTransport, differences: {} },
  { name: "connect", create: createConnectTransport, differences: {} },
  {
    name: "grpc-js",
    create: createGrpcJsTransport,
    differences: {
      streamLimit: "It keeps the peer's SETTINGS to itself; streams beyond the limit wait in Node.",
      madeUpStatus: "Its own complaint about a message reads as the peer's RESOURCE_EXHAUSTED.",
      messagesBeforeError: "It drops what is not yet delivered when an error status arrives.",
      compression: "It offers gzip and deflate in every request, and takes them.",
      probe: "It sends PINGs by its own clock only, so a connection in doubt is left to the streams on it.",
      deadSession: "It shows no session, so its own PINGs must find that out.",
      windowOfOwn: "One option sets the window of a stream and of the connection.",
    },
  },
];
