/** Connections: how many, when new ones, and how they go: asked back, cut, silent or closed by us. */
import { expect, it } from "vitest";
import { TcpProxy } from "../support/tcp-proxy.js";
import { eventually } from "../support/until.js";
import { answer, frame, request } from "./kit/messages.js";
import { Recorder } from "./kit/recorder.js";
import { grpcHeaders } from "./kit/scripted-server.js";
import { conformance, turns } from "./kit/suite.js";

conformance("connections", (rig) => {
  it("are dialled once for all who wait, 80 streams each: 400 streams make 5", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    const transport = rig.transport(server.port);
    const opening = Array.from({ length: 400 }, () => rig.open(transport));
    await eventually(() => transport.channels().length === 5);
    expect(transport.channels().map(({ streams }) => streams)).toEqual(Array.from({ length: 5 }, () => 80));
    const links = await Promise.all(opening);
    await eventually(() => server.served === 400);
    expect(server.accepted).toBe(5);
    for (const { stream } of links) stream.abort();
    expect(transport.channels().every(({ streams }) => streams === 0)).toBe(true);
    expect(links.every(({ sink }) => sink.endings.length === 1)).toBe(true);
  });

  it("hold no more streams than the peer allows", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders), { maxConcurrentStreams: 3 });
    const transport = rig.transport(server.port);
    await Promise.all(Array.from({ length: 9 }, () => rig.open(transport)));
    const streams = transport.channels().map((channel) => channel.streams);
    expect(streams).toEqual(rig.lacks("streamLimit") ? [9] : [3, 3, 3]);
  });

  it("take new streams in the place of those that ended", async () => {
    const server = await rig.server((stream) => {
      stream.respond({ ...grpcHeaders, "grpc-status": "16" }, { endStream: true });
    });
    const transport = rig.transport(server.port, { places: 4 });
    for (let round = 0; round < 10; round += 1) {
      const links = await Promise.all([1, 2, 3, 4].map(() => rig.open(transport)));
      await eventually(() => links.every(({ sink }) => sink.endings.length === 1));
      expect(transport.channels()).toMatchObject([{ state: "ready", streams: 0 }]);
    }
    expect(server.accepted).toBe(1);
  });
});

conformance("a connection that is asked back", (rig) => {
  it("lets its streams end well, takes no new ones, and goes when it is empty", async () => {
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders);
      stream.on("data", () => stream.write(frame(request("answer"))));
    });
    const transport = rig.transport(server.port);
    const old = await rig.open(transport);
    const neighbour = await rig.open(transport);
    await eventually(() => server.served === 2);
    server.goaway();
    await eventually(() => old.sink.drainings === 1 && neighbour.sink.drainings === 1);
    expect(old.sink.endings).toEqual([]);
    const fresh = await rig.open(transport);
    await eventually(() => server.served === 3);
    expect(server.accepted).toBe(2);
    expect(transport.channels().map(({ state, streams }) => [state, streams])).toEqual([
      ["draining", 2],
      ["ready", 1],
    ]);
    const before = old.sink.messages.length;
    old.stream.send(answer("still here"));
    await eventually(() => old.sink.messages.length > before);
    old.stream.abort();
    neighbour.stream.abort();
    await eventually(() => transport.channels().length === 1);
    expect(fresh.sink.drainings).toBe(0);
    await eventually(() => server.sessions.size === 1);
  });

  it("goes at once when nothing runs on it", async () => {
    const { server, stream, transport } = await rig.link((one) => one.respond(grpcHeaders));
    await eventually(() => server.served === 1);
    stream.abort();
    server.goaway();
    await eventually(() => transport.channels().length === 0);
  });

  it("is lost when the GOAWAY carries an error", async () => {
    const server = await rig.server((stream) => {
      if (server.served === 2) stream.respond(grpcHeaders);
    });
    const transport = rig.transport(server.port);
    const bare = await rig.open(transport);
    const answered = await rig.open(transport);
    await eventually(() => server.served === 2);
    await turns();
    server.goaway(11);
    await eventually(() => bare.sink.endings.length === 1 && answered.sink.endings.length === 1);
    const lost = { by: "link", failure: { cause: "connection-lost" } };
    expect(bare.sink.endings).toMatchObject([lost]);
    expect(answered.sink.endings).toMatchObject([lost]);
    await eventually(() => transport.channels().length === 0);
    await rig.open(transport);
    expect(server.accepted).toBe(2);
  });
});

conformance("a connection that is lost", (rig) => {
  it("ends all its streams as lost, with headers seen or not, and is dialled anew", async () => {
    const server = await rig.server((stream) => {
      if (server.served === 2) stream.respond(grpcHeaders);
    });
    const proxy = await TcpProxy.to(server.port);
    rig.onEnd(() => proxy.close());
    const transport = rig.transport(proxy.port);
    const links = [await rig.open(transport), await rig.open(transport)];
    await eventually(() => server.served === 2);
    proxy.cut();
    await eventually(() => links.every(({ sink }) => sink.endings.length === 1));
    for (const { sink } of links)
      expect(sink.endings).toMatchObject([{ by: "link", failure: { cause: "connection-lost" } }]);
    for (const { sink } of links) expect(sink.drainings).toBe(0);
    expect(transport.channels()).toEqual([]);
    await rig.open(transport);
    expect(server.accepted).toBe(2);
  });

  it("is noticed by a PING without an answer when nobody says so", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    const proxy = await TcpProxy.to(server.port);
    rig.onEnd(() => proxy.close());
    const transport = rig.transport(proxy.port, { ping: { intervalMs: 100, timeoutMs: 1_000 } });
    const { sink } = await rig.open(transport);
    await eventually(() => server.served === 1);
    proxy.freeze();
    await eventually(() => sink.endings.length === 1);
    expect(sink.endings).toMatchObject([
      { by: "link", failure: { cause: "connection-lost", code: "PING_TIMEOUT" } },
    ]);
    expect(sink.drainings).toBe(0);
    expect(transport.channels()).toEqual([]);
  });

  it("is noticed without streams too", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    const proxy = await TcpProxy.to(server.port);
    rig.onEnd(() => proxy.close());
    const transport = rig.transport(proxy.port, { ping: { intervalMs: 100, timeoutMs: 1_000 } });
    const { stream } = await rig.open(transport);
    stream.abort();
    proxy.freeze();
    await eventually(() => transport.channels().length === 0);
  });

  it("stays while PINGs are answered", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    let pings = 0;
    const transport = rig.transport(server.port, { ping: { intervalMs: 20, timeoutMs: 15_000 } });
    const { sink } = await rig.open(transport);
    for (const session of server.sessions)
      session.on("ping", () => {
        pings += 1;
      });
    await eventually(() => pings >= 3);
    expect(sink.endings).toEqual([]);
  });
});

conformance("closing a transport", (rig) => {
  it("ends every stream and socket, and opens no more", async () => {
    const server = await rig.server((stream) => {
      if (server.served === 2) stream.respond(grpcHeaders);
    });
    const transport = rig.transport(server.port, { places: 1 });
    const links = [await rig.open(transport), await rig.open(transport)];
    await eventually(() => server.served === 2);
    await transport.close();
    for (const { sink } of links)
      expect(sink.endings).toMatchObject([{ by: "local", failure: { cause: "outbound-closed" } }]);
    await eventually(() => server.sessions.size === 0);
    await expect(rig.open(transport)).rejects.toMatchObject({ failure: { cause: "outbound-closed" } });
    await transport.close();
  });

  it("gives up what is still opening", async () => {
    const server = await rig.server((stream) => stream.respond(grpcHeaders));
    const transport = rig.transport(server.port);
    const sink = new Recorder();
    const opening = rig.open(transport, { sink });
    const outcome = opening.then(
      () => "opened",
      (error) => error.failure.cause,
    );
    await turns(1);
    await transport.close();
    expect(await outcome).toBe("outbound-closed");
    expect(sink.endings).toEqual([]);
    await eventually(() => server.sessions.size === 0);
  });

  it("leaves no socket, timer or place behind after streams have come and gone", async () => {
    const server = await rig.server((stream) => {
      stream.respond(grpcHeaders, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
      stream.resume();
      stream.on("end", () => stream.end());
    });
    const active = () =>
      process
        .getActiveResourcesInfo()
        .filter((one) => /^(TCP|TLS|Timeout)/.test(one))
        .sort();
    await turns();
    const before = active();
    const transport = rig.transport(server.port, { places: 20 });
    for (let round = 0; round < 10; round += 1) {
      const links = await Promise.all(Array.from({ length: 40 }, () => rig.open(transport)));
      for (const [i, { stream }] of links.entries()) {
        stream.send(answer(String(i)));
        if (i % 2 === 0) stream.abort();
        else stream.halfClose();
      }
      await eventually(() => links.every(({ sink }) => sink.endings.length === 1));
      expect(transport.channels().map(({ streams }) => streams)).toEqual([0, 0]);
    }
    await eventually(() => server.streams.size === 0);
    expect(server.accepted).toBe(2);
    await transport.close();
    await eventually(() => server.sessions.size === 0);
    await eventually(() => active() <= before);
  });
});
