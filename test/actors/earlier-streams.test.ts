/** The real stream port in a partition: what a session says when its stream is over does not reach the registration. */
import { describe, expect, it, onTestFinished } from "vitest";
import { createActor, fromCallback, fromPromise } from "xstate";
import { defaultPolicy, partitionMachine, registrationMachine } from "../../machines/index.js";
import type { OpenOutcome, OpenStreamInput } from "../../machines/ports.js";
import { SessionHandover } from "../../src/actors/open-stream.js";
import { streamPort } from "../../src/actors/stream.js";
import type { ControlEvent, ControlListener } from "../../src/session/control.js";
import { eventually } from "../support/until.js";

/** A session that goes on talking after it was given up. */
class Leaky {
  #listener: ControlListener = () => {};
  isAborted = false;

  listen(listener: ControlListener): void {
    this.#listener = listener;
    this.say({ type: "stream.accepted", status: "approved", hasSessionToken: false });
  }

  say(event: ControlEvent): void {
    this.#listener(event);
  }

  serve(): void {}
  startPulse(): void {}
  heartbeat(): void {}
  finish(): void {}
  register(): void {}

  abort(): void {
    this.isAborted = true;
  }
}

const words: readonly ControlEvent[] = [
  { type: "stream.accepted", status: "rejected", hasSessionToken: true },
  { type: "stream.rejected", failure: { cause: "register-refused" } },
  { type: "stream.approval", status: "rejected" },
  { type: "stream.credentialsIssued", offerId: "offer", addressee: "own" },
  { type: "stream.heartbeatLate", sinceAnswerMs: 1 },
  { type: "stream.heartbeatAnswered", shouldReconnect: true },
  { type: "stream.peerDraining" },
  { type: "stream.ended", beforeAcceptance: false, failure: { cause: "server-closed" } },
];

const key = "t.echo.i";
const policy = { ...defaultPolicy, backoff: { baseMs: 0, maxMs: 0, jitterMs: 0 } };

/** A registration in a partition, which opens a leaky session for each try. */
function partitioned() {
  const sessions: Leaky[] = [];
  const handover = new SessionHandover();
  const registration = registrationMachine.provide({
    actors: {
      openStream: fromPromise<OpenOutcome, OpenStreamInput>(async ({ input }) => {
        const handle = String(input.streamAttempt);
        const session = new Leaky();
        sessions.push(session);
        handover.put(handle, session as never);
        return { ok: true, value: { handle, credentialSource: "anonymous", hasSessionToken: false } };
      }),
      stream: streamPort({ registration: () => ({}) } as never, handover),
      work: fromCallback(() => {}),
    },
  });
  const partition = createActor(partitionMachine.provide({ actors: { registration } }), {
    input: { partition: 1, random: () => 0 },
  }).start();
  onTestFinished(() => void partition.stop());
  partition.send({ type: "registration.add", spec: { key, policy } });
  const actor = () => {
    const found = partition.getSnapshot().context.members.get(key)?.actor;
    if (!found) throw new Error("There is no registration.");
    return found;
  };
  const isServing = () =>
    actor()
      .getSnapshot()
      .matches({ connection: { linked: { streaming: "serving" } } });
  return { partition, sessions, actor, isServing };
}

describe("a session that goes on talking when its stream is over", () => {
  it("is not heard, whatever it says, while its successor serves", async () => {
    const { sessions, actor, isServing } = partitioned();
    await eventually(isServing);
    sessions[0]?.say({ type: "stream.ended", beforeAcceptance: false, failure: { cause: "server-closed" } });
    await eventually(() => sessions.length === 2 && isServing());
    const before = actor().getSnapshot();
    for (const word of words) sessions[0]?.say(word);
    expect(actor().getSnapshot()).toBe(before);
    expect(sessions.map(({ isAborted }) => isAborted)).toEqual([true, false]);
  });

  it("is not heard after its registration was started again", async () => {
    const { partition, sessions, actor, isServing } = partitioned();
    await eventually(isServing);
    partition.send({ type: "registration.restart", key });
    await eventually(() => sessions.length === 2 && isServing());
    const before = actor().getSnapshot();
    for (const word of words) sessions[0]?.say(word);
    expect(actor().getSnapshot()).toBe(before);
  });
});
