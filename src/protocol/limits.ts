/**
 * Every bound of messages, streams and connections, with its unit and its reason; what both sides keep and what one
 * keeps. Whoever wants to know how large something may get, or how long something may take below an option, looks here.
 */

const kib = 1024;
const mib = 1024 * kib;

// ---- Messages -------------------------------------------------------------------------------------------------

/** Largest message taken or sent, in bytes; the usual limit of gRPC, which other gateways and connectors keep, too. */
export const defaultMaxMessageBytes = 4 * mib;

/** What the option `maxMessageBytes` may be: a register request needs about the least, and a length has 32 bits. */
export const messageBytes = { least: 1_024, most: 2 ** 31 } as const;

/** Characters of a request id: every answer carries its request's id, and is kept by it. */
const maxRequestId = 1_024;

/** The longest request id that can be answered, in characters: some text always fits with it into a small message. */
export const requestIdLimit = (maxMessageBytes: number): number =>
  Math.min(maxRequestId, Math.floor(maxMessageBytes / 4));

/** Bytes of a field that is kept of a message beyond the limit: an id is among them, a payload is not. */
export const keptFieldBytes = 4 * kib;

/** The longest message that is read past where a library holds it whole before anybody can look at it, in bytes. */
export const heldSkipLimit = (maxMessageBytes: number): number => Math.max(64 * mib, 4 * maxMessageBytes);

/** Bytes of a character in UTF-8, at most: what a text weighs is told without encoding it. */
export const bytesPerCharacter = 3;

/**
 * Requests of one stream that are begun in a turn of the event loop before others have theirs: more than usually come
 * together, and less than what others would notice.
 */
export const requestsPerTurn = 32;

/** Bytes of an answer besides its id, payload and text, at most: tags, lengths, numbers. */
export const answerEnvelopeBytes = 64;

/** Characters of an error's text: it travels twice. */
export const maxErrorText = 8_192;

/** Bytes below which a metrics report always is, with an identity of ordinary length: it need not be measured. */
export const roomyReportBytes = 16 * kib;

/** Characters that are looked at of what a peer says with an error, before it is made safe and short. */
export const peersWordsLength = 4_096;

// ---- A stream of this side ------------------------------------------------------------------------------------

/** Bytes in the outbound half of a stream: over the high mark it takes no more answers until it is under the low one. */
export const highWaterBytes = mib;
export const lowWaterBytes = 256 * kib;

/** Milliseconds for the peer to close a stream that we have half-closed, before it is reset. */
export const lingerMs = 1_000;

/** Messages kept until a stream is bound, which takes a moment; answers past that wait in the outbox. */
export const maxUnbound = 64;

/** Control events kept until somebody listens, which takes a moment; a gateway that floods before is not followed. */
export const maxEarlyEvents = 64;

/** Heartbeats on their way without an answer; more of them tell nothing that these do not. */
export const maxUnanswered = 64;

/**
 * From how many bytes an answer is suspected when streams end for it, and how many streams that must be: an error
 * that names a size needs less than one that may mean anything.
 */
export const suspicion = {
  "too-large": { bytes: 16 * kib, streams: 2 },
  perhaps: { bytes: mib, streams: 3 },
} as const;

// ---- What a connector sends by itself, and what is relayed to it ------------------------------------------------

/** Bytes of a message besides its payload and its texts, at most. */
export const outletEnvelopeBytes = 256;

/** Invocations that may wait for room in a stream. */
export const maxWaitingInvocations = 4_096;

/** Answers to what is relayed that may be said without room, before nothing is read any more. */
export const maxWithoutRoom = 256;

/** Invocations without an answer, on one stream. */
export const maxOpenInvocations = 10_000;

/** Connectors that may ask one another in a row (docs/protocol.md, "Context": `x-invoke-depth`). */
export const maxInvokeDepth = 5;

/** Of relayed WebSockets. */
export const relayLimits = {
  /** Open at once, on one stream. */
  connections: 1_000,
  /** Frames of one connection that may wait for room: whoever waits for each send has one there at a time. */
  waitingFrames: 256,
  /** Milliseconds that a connector has to take or refuse one. */
  openTimeoutMs: 10_000,
  /** Bytes of frames that may wait for a connector, of all connections, before the stream is not read any more. */
  heldBytes: mib,
  /** Milliseconds that the stream may stand still for a connection; then the one that holds most is closed. */
  stallMs: 5_000,
  /** Names that were refused or closed here, for which late frames are no surprise. */
  rememberedNames: 256,
} as const;

// ---- A connection of this side --------------------------------------------------------------------------------

/** Milliseconds until a destroyed socket counts as gone: Node does not tell of every one. */
export const goneLimitMs = 1_000;

/** Milliseconds that a connection may have something to send and send nothing, when it is asked for a stream. */
export const silentLimitMs = 2_000;

/** Milliseconds that a doubted connection is waited for; then new streams go elsewhere until it has answered. */
export const doubtLimitMs = 1_000;

/** When a connection that lives is given up. */
export const retirement = {
  /** Openings in a row that the peer failed before it said anything. */
  openings: 3,
  /** So many connections are given up without a pause between. */
  freely: 3,
  /** Milliseconds between further ones, doubled with each: a gateway that fails everybody is not dialled for ever. */
  shortestPauseMs: 1_000,
  longestPauseMs: 60_000,
} as const;

// ---- WebSocket --------------------------------------------------------------------------------------------------

/** Of a socket that carries the registrations of a tenant; times in milliseconds. */
export const socketLimits = {
  /** Registrations on one socket (docs/protocol.md, "Several registrations on one socket"). */
  places: 512,
  /** From the upgrade to the answer to the join. */
  joinTimeoutMs: 5_000,
  /** A peer may close a socket that says nothing for 30 s. */
  longestBeatIntervalMs: 25_000,
  /** For the farewell and the close frame. */
  leaveTimeoutMs: 1_000,
  /** Bytes of a frame besides its message. */
  frameEnvelopeBytes: kib,
  /** Bytes that may wait for registrations of a socket that have paused, before the whole socket is. */
  heldBytes: mib,
  /** Bytes that may wait to be written before all registrations of the socket are told to stop. */
  highWaterBytes: 16 * mib,
} as const;

// ---- HTTP/2, on both sides ------------------------------------------------------------------------------------

/** Bytes in flight towards a side of ours: per stream, and over the whole connection. */
export const streamWindow = mib;
export const connectionWindow = 16 * mib;

/**
 * In MB, as Node counts it; kept in 32 bits. Node ends every new stream of a session that holds more than 10 MB
 * (ENHANCE_YOUR_CALM), and never gives back what a reset stream held. Our own marks and windows bound what is queued,
 * so its limit is out of reach.
 */
export const sessionMemory = { maxSessionMemory: 2 ** 31 } as const;

/** Of connections whose frames are read and written here (`src/transport/h2/`). */
export const frameLimits = {
  /** Bytes of a header list that is taken, as RFC 9113 counts them, and of a header block before it is unpacked. */
  headerListBytes: 64 * kib,
  /** CONTINUATION frames of one header block. */
  continuations: 32,
  /** Interim answers (1xx) of one stream. */
  interimAnswers: 16,
  /**
   * Frames that bring nothing forward (PING, SETTINGS, empty DATA, a window that grows by a few bytes, what is not
   * known): so many at once, and so many more in a second. A gateway that measures its way by PINGs sends thousands.
   */
  idleFrames: 10_000,
  /** A window that grows by less is brought forward by nothing. */
  trickleBytes: 16,
  /** Bytes that the system has not taken, at which no more of streams is written. */
  writtenBytes: 256 * kib,
  /** The same, at which a peer is left that reads nothing, and yet asks for answers. */
  unreadBytes: 2 * mib,
  /** Streams whose end is remembered, to tell frames that are late from such that must not come. */
  rememberedStreams: 256,
} as const;

// ---- The gateway's side ---------------------------------------------------------------------------------------

/** Bytes that may wait, unread by clients, in one stream or, unless `maxUnreadBytes` says otherwise, in all of them. */
export const defaultMaxUnreadBytes = 256 * mib;

/** Messages that may wait in one stream. */
export const maxUnreadMessages = 100_000;

/** The request and the answer of a CONNECT, in bytes; what is longer is none. */
export const proxyHeadBytes = 8_192;

/** What messages are written into; larger ones have a piece of their own. */
export const slabBytes = 64 * 1024;
