/** Who gets which message of a shared socket, and whose heartbeat an answer is for. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { StreamMessageSchema } from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { Beats } from "../../src/transport/websocket/beats.js";
import { Routes } from "../../src/transport/websocket/routes.js";

type Body = NonNullable<MessageInitShape<typeof StreamMessageSchema>["message"]>;
const message = (body: Body) => create(StreamMessageSchema, { message: body });

const guest = (instanceId: string) => ({ key: `t.c.${instanceId}`, instanceId });

function routesOf(...instances: string[]) {
  const routes = new Routes<ReturnType<typeof guest>>();
  const guests = instances.map(guest);
  for (const one of guests) {
    routes.admit(one);
    routes.sent(one, message({ case: "registerRequest", value: {} }));
  }
  const answer = (connectorArn: string, success = true) =>
    routes.of(message({ case: "registerResponse", value: { connectorArn, success } }));
  return { routes, guests, answer };
}

describe("a message on a shared socket", () => {
  it.each(["foo:t:c:a", "matrix:t:c", "matrix:t:c:"])(
    "[C16 #68] [T12.7 #2] with the address %s is nobody's",
    (arn) => {
      expect(routesOf("a").answer(arn)).toBe("unknown");
    },
  );

  it("[C16 #68] [T12.7 #1] has colons of its address in the instance from the third on", () => {
    const { answer, guests } = routesOf("weird:instance", "other");
    expect(answer("matrix:t:c:weird:instance")).toBe(guests[0]);
  });

  it("that accepts without an address is given to nobody on a guess", () => {
    expect(routesOf("a", "b").answer("")).toBeUndefined();
    const { answer, guests } = routesOf("a");
    expect(answer("")).toBe(guests[0]);
  });

  it("that refuses without an address is of the one that waits longest", () => {
    const { answer, guests } = routesOf("a", "b", "c");
    expect(answer("matrix:t:c:a")).toBe(guests[0]);
    expect(answer("", false)).toBe(guests[1]);
    expect(answer("", false)).toBe(guests[2]);
    expect(answer("", false)).toBeUndefined();
  });

  it("[C16 #70] [T12.7 #11] [A16 #89] whose type was rewritten is nobody's where two have its instance", () => {
    const routes = new Routes<{ key: string; instanceId: string }>();
    for (const type of ["c", "d"]) routes.admit({ key: `t.${type}.a`, instanceId: "a" });
    expect(routes.of(message({ case: "registerResponse", value: { connectorArn: "matrix:t:e:a" } }))).toBe(
      "unknown",
    );
  });

  it("of a relayed WebSocket follows its connection, until its registration has left", () => {
    const { routes, guests, answer } = routesOf("a", "b");
    const [a] = guests;
    answer("matrix:t:c:a");
    const headers = { connector_arn: "matrix:t:c:a" };
    expect(routes.of(message({ case: "wsOpenRequest", value: { connectionId: "1", headers } }))).toBe(a);
    const frame = message({ case: "wsFrame", value: { connectionId: "1" } });
    expect(routes.of(frame)).toBe(a);
    if (a) routes.evict(a);
    expect(routes.of(frame)).toBe("unknown");
  });

  const opening = (connectionId: string, instanceId: string) =>
    message({
      case: "wsOpenRequest",
      value: { connectionId, headers: { connector_arn: `matrix:t:c:${instanceId}` } },
    });
  const frameOf = (connectionId: string) => message({ case: "wsFrame", value: { connectionId } });

  it("[T12.5 #15] of a relayed WebSocket that is closed leaves nothing of it behind", () => {
    const { routes, guests, answer } = routesOf("a", "b");
    answer("matrix:t:c:a");
    expect(routes.of(opening("1", "a"))).toBe(guests[0]);
    const closing = message({ case: "wsCloseRequest", value: { connectionId: "1" } });
    expect(routes.of(closing)).toBe(guests[0]);
    expect(routes.of(frameOf("1"))).toBe("unknown");
    expect(routes.of(closing)).toBe("unknown");
  });

  it("[T12.5 #16] of a relayed WebSocket with the id of another takes its place", () => {
    const { routes, guests, answer } = routesOf("a", "b");
    const [a, b] = guests;
    for (const name of ["a", "b"]) answer(`matrix:t:c:${name}`);
    expect(routes.of(opening("1", "a"))).toBe(a);
    expect(routes.of(opening("1", "b"))).toBe(b);
    expect(routes.of(frameOf("1"))).toBe(b);
    if (b) routes.evict(b);
    expect(routes.of(frameOf("1"))).toBe("unknown");
  });

  it("of a relayed WebSocket goes on when another registration has had very many, and one may not have too many", () => {
    const { routes, guests, answer } = routesOf("a", "b");
    const [a, b] = guests;
    for (const name of ["a", "b"]) answer(`matrix:t:c:${name}`);
    expect(routes.of(opening("live", "a"))).toBe(a);
    for (let n = 0; n <= 10_000; n += 1) {
      routes.of(opening(String(n), "b"));
      const connectionId = String(n);
      const ended = n % 2 === 0;
      if (b && ended) routes.sent(b, message({ case: "wsCloseRequest", value: { connectionId } }));
      if (b && !ended) routes.sent(b, message({ case: "wsOpenResponse", value: { connectionId } }));
    }
    expect([routes.of(frameOf("live")), routes.of(frameOf("10000"))]).toEqual([a, "unknown"]);
    for (let n = 0; n <= 2_000; n += 1) expect(routes.of(opening(`open-${n}`, "b"))).toBe(b);
    expect([routes.of(frameOf("open-1999")), routes.of(frameOf("open-2000"))]).toEqual([b, "unknown"]);
    expect(routes.of(frameOf("live"))).toBe(a);
  });

  it("forgets invocations that nobody answers: at once where nobody waits, else when their time is over", () => {
    const clock = { now: 0 };
    const routes = new Routes<ReturnType<typeof guest>>(() => clock.now);
    const one = guest("a");
    for (const each of [one, guest("b")]) routes.admit(each);
    const invoke = (requestId: string, fireAndForget = false) =>
      routes.sent(
        one,
        message({ case: "invokeRequest", value: { requestId, fireAndForget, timeoutMs: 1_000 } }),
      );
    const answered = (requestId: string) =>
      routes.of(message({ case: "invokeResponse", value: { requestId } }));
    invoke("forgotten", true);
    expect(answered("forgotten")).toBe("unknown");
    invoke("early");
    clock.now = 2_000;
    for (let n = 0; n < 1_024; n += 1) invoke(String(n));
    expect([answered("early"), answered("7")]).toEqual(["unknown", one]);
  });

  it("that answers a request goes to who asked, once", () => {
    const { routes, guests } = routesOf("a", "b");
    const [, b] = guests;
    if (b) routes.sent(b, message({ case: "invokeRequest", value: { requestId: "r" } }));
    const answered = message({ case: "invokeResponse", value: { requestId: "r" } });
    expect(routes.of(answered)).toBe(b);
    expect(routes.of(answered)).toBe("unknown");
  });
});

describe("heartbeats of a shared socket", () => {
  const turn = () => new Promise<void>((resolve) => queueMicrotask(resolve));

  it("of one turn are one, and its answer is for all who asked", async () => {
    let sent = 0n;
    const beats = new Beats<string>(() => ++sent);
    beats.ask("a");
    beats.ask("b");
    await turn();
    beats.ask("c");
    await turn();
    expect(sent).toBe(2n);
    expect(beats.answered(1n)).toEqual(["a", "b"]);
    expect(beats.answered(2n)).toEqual(["c"]);
    expect(beats.answered(3n)).toEqual([]);
  });

  it("whose answers were lost are answered by a later one that says its time", async () => {
    let sent = 0n;
    const beats = new Beats<string>(() => ++sent);
    for (const asker of ["a", "b", "c"]) {
      beats.ask(asker);
      await turn();
    }
    expect(beats.answered(2n)).toEqual(["a", "b"]);
    // One that says no time is for the oldest.
    expect(beats.answered(0n)).toEqual(["c"]);
  });
});
