/** Asks whether the protocol's gRPC service is there, by a call without a message: that registers nobody. */
import { once } from "node:events";
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { destroySession } from "../../http2/ending.js";
import { TlsCarrier } from "../../http2/tls-carrier.js";
import type { Endpoint } from "../../protocol/endpoint.js";
import { connectPath } from "../../transport/http2/connect-request.js";
import { GrpcStatus, isGrpcContent, statusName } from "../../transport/http2/grpc-status.js";
import { type Finding, timed } from "../finding.js";
import { gatewayFindings, openSocket, openTls, type Road, reason } from "./road.js";
import { offered } from "./tls.js";

const { ok, warn, fail } = gatewayFindings;

const call = {
  ":method": "POST",
  ":path": connectPath,
  "content-type": "application/grpc",
  te: "trailers",
};

/** As HTTP/2 may run on it: what it reads of TLS natively may end the process when the peer closes. */
async function carrierOn(road: Road): Promise<Duplex> {
  const socket = await (road.endpoint.tls ? openTls(road, [offered(road.endpoint)]) : openSocket(road));
  return socket instanceof TLSSocket ? new TlsCarrier(socket) : socket;
}

/** Whether the peer speaks HTTP/2; false when it closes without a word. Rejects with Node's codes. */
async function speaksHttp2(session: ClientHttp2Session, limitMs: number): Promise<boolean> {
  // A peer that closes without a word ends the session without an error.
  const closed = new AbortController();
  session.once("close", () => closed.abort());
  const over = AbortSignal.any([closed.signal, AbortSignal.timeout(limitMs)]);
  try {
    await once(session, "remoteSettings", { signal: over });
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError" && closed.signal.aborted) return false;
    throw error;
  }
}

/** What the call was answered with; `silence`: nothing in time. */
type Answer = IncomingHttpHeaders | "silence" | "reset";

/** Headers, and what the trailers add to them. */
function answerOn(session: ClientHttp2Session, limitMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    let heard: IncomingHttpHeaders | undefined;
    const stream = session.request(call, { endStream: true });
    const timer = setTimeout(() => resolve(heard ?? "silence"), limitMs);
    stream.on("response", (headers) => {
      heard = headers;
    });
    stream.on("trailers", (trailers) => {
      heard = { ...heard, ...trailers };
    });
    stream.on("error", () => {});
    stream.once("close", () => {
      clearTimeout(timer);
      resolve(heard ?? "reset");
    });
    stream.resume();
  });
}

const elsewhere = "check that this is the gateway's gRPC port: connectors find nobody there";

/** `gRPC: ` and who it is that spoke. */
function judged(answer: Answer, { authority }: Endpoint): Finding {
  const who = `gRPC: ${authority}`;
  if (answer === "silence") {
    const what = `${who} speaks HTTP/2, and does not answer a call (SILENCE)`;
    return warn(what, "look at the log of the gateway, and of what lies between", "SILENCE");
  }
  if (answer === "reset")
    return fail(`${who} speaks HTTP/2, and resets every call (RESET)`, elsewhere, "RESET");
  const http = Number(answer[":status"]);
  if (http !== 200 || !isGrpcContent(answer["content-type"] ?? "")) {
    const code = http === 200 ? "CONTENT_TYPE" : `HTTP_${http}`;
    return fail(`${who} speaks HTTP/2, and no gRPC (${code})`, elsewhere, code);
  }
  const status = Number(answer["grpc-status"] ?? 0);
  const name = statusName(status);
  if (status === GrpcStatus.UNIMPLEMENTED)
    return fail(`${who} speaks gRPC, and has no service for connectors (${name})`, elsewhere, name);
  if (status === GrpcStatus.UNAVAILABLE) {
    const fix = "start the gateway, or look at the log of what lies between: it does not reach the gateway";
    return fail(`${who} speaks gRPC, and says that it cannot serve now (${name})`, fix, name);
  }
  return ok(`${who} has the service for connectors`);
}

function unheard({ authority, tls }: Endpoint): Finding {
  const fix = tls ? "check that this is the gateway's gRPC port" : "if it has TLS, use grpcs://";
  return fail(`gRPC: ${authority} closes the connection without a word`, fix, "CLOSED");
}

async function asked(road: Road): Promise<Finding> {
  const { endpoint, limitMs } = road;
  const { authority, tls } = endpoint;
  let session: ClientHttp2Session | undefined;
  try {
    const carrier = await carrierOn(road);
    session = connectHttp2(`${tls ? "https" : "http"}://${authority}`, { createConnection: () => carrier });
    session.on("error", () => {});
    if (!(await speaksHttp2(session, limitMs))) return unheard(endpoint);
    return judged(await answerOn(session, limitMs), endpoint);
  } catch (error) {
    const code = reason(error);
    const what = `gRPC: ${authority} does not speak HTTP/2 (${code})`;
    return fail(what, "check that this is the gateway's gRPC port, and no HTTP/1 proxy in front of it", code);
  } finally {
    if (session) destroySession(session);
  }
}

export const checkGrpc = (road: Road): Promise<Finding> => timed("grpc", road.clock, () => asked(road));
