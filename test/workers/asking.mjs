// Connectors that ask another one from threads of their own.
import { RawAnswer, requestResponseConnector } from "../../dist/index.js";

let left;
let later;
const codeOf = ({ code }) => code;

const asking = requestResponseConnector({
  type: "asking",
  version: "1.0.0",
  async execute(request, { invoke, deadline }) {
    const { target, bytes, giveUp, leaveBehind, tellLeft } = request.json();
    if (tellLeft) return left;
    if (leaveBehind) {
      // Nobody waits for it: the request is over before it is answered.
      left = invoke("t.never.i", undefined, {}).catch(codeOf);
      later = () => invoke(target, undefined, {}).then(() => "asked", codeOf);
      return "gone";
    }
    if (later) {
      const asked = later;
      later = undefined;
      return asked();
    }
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

const never = requestResponseConnector({
  type: "never",
  version: "1.0.0",
  execute: () => new Promise(() => {}),
});

export default [asking, answering, never];
