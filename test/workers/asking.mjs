// Connectors that ask another one from threads of their own.
import { RawAnswer, requestResponseConnector } from "../../dist/index.js";

const asking = requestResponseConnector({
  type: "asking",
  version: "1.0.0",
  async execute(request, { invoke, deadline }) {
    const { target, bytes, giveUp } = request.json();
    const given = new AbortController();
    const payload = bytes ? new RawAnswer(new Uint8Array([1, 2]), 2) : { from: "a thread" };
    const asked = invoke(target, undefined, payload, { signal: given.signal, context: { note: "n" } });
    if (giveUp) given.abort(new Error("changed its mind"));
    const answer = await asked;
    return { answer: answer instanceof Uint8Array ? [...answer] : answer, hasTime: deadline > Date.now() };
  },
});

const answering = requestResponseConnector({
  type: "answering",
  version: "1.0.0",
  execute(request, { context }) {
    if (request.encoding === 2) return new RawAnswer(request.bytes, 2);
    return { got: request.json(), depth: context["x-invoke-depth"], note: context.note };
  },
});

export default [asking, answering];
