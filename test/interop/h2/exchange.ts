/** What is exchanged with a server that sends every message back, and what must come of it. */
import { parseEndpoint } from "../../../src/protocol/endpoint.js";
import { h2Adapter } from "../../../src/transport/h2/transport.js";
import { withResolvers } from "../../../src/with-resolvers.js";
import { answer, first, idOf } from "../../transport-conformance/kit/messages.js";
import { Recorder } from "../../transport-conformance/kit/recorder.js";

const minute = 60_000;

export interface Exchange {
  readonly streams: number;
  readonly messages: number;
  /** Of a message's payload. */
  readonly bytes: number;
}

/** From one stream with nothing to more than every window. */
export const exchanges: readonly Exchange[] = [
  { streams: 1, messages: 0, bytes: 0 },
  { streams: 5, messages: 200, bytes: 100 },
  { streams: 5, messages: 100, bytes: 5_000 },
  { streams: 3, messages: 10, bytes: 300_000 },
];

/** Throws an error that says what was not as it must be. */
export async function exchangeWith(port: number, { streams, messages, bytes }: Exchange): Promise<void> {
  const transport = h2Adapter.create({
    endpoint: parseEndpoint(`grpc://127.0.0.1:${port}`),
    tls: {},
    maxStreamsPerChannel: 80,
    maxRegistrationsPerSocket: 80,
    connectTimeoutMs: minute,
    ping: { intervalMs: minute, timeoutMs: minute / 2 },
    maxMessageBytes: 4 * 2 ** 20,
  });
  const ids = Array.from({ length: messages }, (_, place) => String(place));
  const one = async (): Promise<void> => {
    const sink = new EndingRecorder();
    const signal = new AbortController().signal;
    const stream = await transport.open({ first, sink, signal, timeoutMs: minute });
    for (const id of ids) stream.send(answer(id, bytes));
    stream.halfClose();
    await sink.over;
    const causes = sink.endings.map(({ failure }) => failure.cause).join();
    if (causes !== "server-closed") throw new Error(`a stream ended by ${JSON.stringify(sink.endings)}`);
    const back = sink.messages.slice(1).map(idOf);
    if (back.join() !== ids.join()) throw new Error(`of ${messages} messages, ${back.length} came back`);
    if (sink.afterEnd.length > 0) throw new Error(`after its end came ${sink.afterEnd.join()}`);
  };
  try {
    await Promise.all(Array.from({ length: streams }, one));
  } finally {
    await transport.close();
  }
}

class EndingRecorder extends Recorder {
  readonly #ended = withResolvers<void>();
  readonly over = this.#ended.promise;

  override ended(...ending: Parameters<Recorder["ended"]>): void {
    super.ended(...ending);
    this.#ended.resolve();
  }
}
