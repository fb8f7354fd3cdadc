// The faults of the campaign: what each does to one connection, to the gateway, to the proxy of connectors or to a
// process. `random` gives [0, 1).
import { brokenFrames, goaway, reset } from "./frames.mjs";
import * as webSocket from "./web-socket-frames.mjs";

const longestStallMs = 1_500;
const longestThrottleMs = 1_000;
const longestStopMs = 1_000;
const longestProxyOutageMs = 400;
/** CANCEL, INTERNAL_ERROR, REFUSED_STREAM, ENHANCE_YOUR_CALM, NO_ERROR, FLOW_CONTROL_ERROR. */
const resetCodes = [8, 2, 7, 11, 0, 3];

const pick = (list, random) => list[Math.floor(random() * list.length)];

/** One of the newest streams of a connection, as clients number them: odd, upwards. */
const someStream = (link, random) => Math.max(1, link.toServer.newestStream - 2 * Math.floor(random() * 8));

/** A GOAWAY that crosses streams which were opened a moment ago: the newest are above its last one. */
function crossingGoaway(link, random) {
  const code = random() < 0.8 ? 0 : 2;
  const cutOff = 2 * Math.floor(random() * 3);
  link.toClient.inject(() => goaway(Math.max(0, link.toServer.newestStream - cutOff), code));
}

const either = (link, random) => (random() < 0.5 ? link.toServer : link.toClient);

const onLinks = {
  cut: (link) => link.cut(),
  end: (link) => link.end(),
  hole: (link) => link.swallow(),
  holeOneWay: (link, random) => either(link, random).swallow(),
  stall: (link, random) => either(link, random).stall(random() * longestStallMs),
  throttle: (link, random) =>
    either(link, random).throttle(1 + Math.floor(random() * 2_000), random() * longestThrottleMs),
  cutInside: (link, random) => either(link, random).cutInNext(random),
  holeInside: (link, random) => either(link, random).swallowInNext(random),
};

/** Only where the bytes are in the clear. `make` is told whether clients send it. */
function intoFrames(link, random, make) {
  const toServer = random() < 0.5;
  (toServer ? link.toServer : link.toClient).inject(() => make(toServer));
}

const onSocketFrames = {
  close: (link, random) => intoFrames(link, random, (masked) => webSocket.closeFrame(random, masked)),
  channelEnd: (link, random) => link.toClient.inject(pick(webSocket.channelEnds, random)),
  strayFrame: (link, random) => intoFrames(link, random, pick(webSocket.strayFrames, random)),
  brokenFrame: (link, random) => intoFrames(link, random, pick(webSocket.brokenFrames, random)),
  halfFrame: (link, random) => intoFrames(link, random, webSocket.halfFrame),
};

/** Only where the bytes are in the clear. */
const onFrames = {
  crossingGoaway,
  reset: (link, random) =>
    either(link, random).inject(() => reset(someStream(link, random), pick(resetCodes, random))),
  brokenFrame: (link, random) => either(link, random).inject(pick(brokenFrames, random)),
};

/** Only with TLS: without it a flipped bit may be a message that is right, but another one. */
const onBytes = {
  flip: (link, random) => either(link, random).flipNext(random),
};

const atGateway = ["reset", "goaway", "close", "cut", "restart", "restartPolitely", "deaf"];

/** What goes wrong with the proxy that connectors dial through, for a while. */
const atConnectorsProxy = {
  cut: (proxy) => proxy.cut(),
  restart: (proxy, random) => proxy.restart(random() * longestProxyOutageMs),
  refuses: (proxy, random) => proxy.failFor({ status: 502 }, random() * longestProxyOutageMs),
  silent: (proxy, random) => proxy.failFor({ silent: true }, random() * longestProxyOutageMs),
  cutsAnswers: (proxy, random) => proxy.failFor({ cutAfterBytes: 0 }, random() * longestProxyOutageMs),
};

const onFramesOf = (transport) => (transport === "websocket" ? onSocketFrames : onFrames);

/** A function that does one fault at random and says which. `connectorsProxy`: undefined where they dial directly. */
export function faultsOf({ proxy, tls, transport, gateway, connectorsProxy, stoppable, random }) {
  const linkFaults = Object.entries({ ...onLinks, ...(tls ? onBytes : onFramesOf(transport)) });
  const atLink = () => {
    const link = pick(proxy.links, random);
    if (!link) return "none open";
    const [name, act] = pick(linkFaults, random);
    act(link, random);
    return name;
  };
  const stop = () => {
    const process = pick(stoppable, random);
    process.pauseFor(random() * longestStopMs);
    return "stopped process";
  };
  const atTheGateway = () => {
    const name = pick(atGateway, random);
    gateway.send({ disturb: name });
    return `gateway ${name}`;
  };
  const ignoreNew = () => {
    proxy.ignoreNew(random() * longestStallMs);
    return "new connections ignored";
  };
  const atProxy = () => {
    const [name, act] = pick(Object.entries(atConnectorsProxy), random);
    act(connectorsProxy, random);
    return `proxy ${name}`;
  };
  return () => {
    if (connectorsProxy && random() < 0.25) return atProxy();
    const draw = random();
    if (draw < 0.75) return atLink();
    if (draw < 0.93) return atTheGateway();
    return draw < 0.97 ? ignoreNew() : stop();
  };
}
