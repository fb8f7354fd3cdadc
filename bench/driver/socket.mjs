// A WebSocket of the load driver, with the registrations on it: a Phoenix channel that reads and writes as little of a
// frame as it must. Each registration is a stream to the board and to the load, which know frames of gRPC.
import { create, fromBinary } from "@bufbuild/protobuf";
import {
  ExecuteRequestSchema,
  RegisterConnectorResponseSchema,
  StreamMessageSchema,
} from "../../build/src/gen/matrix/connectors/v1/connector_service_pb.js";
import { copyId, findId, frame, heartbeatResponse, payload } from "../frames.mjs";

const registerTag = 0x0a;
const heartbeatTag = 0x32;
const answerTag = 0x22;
const prefixBytes = 5;
const dataMark = '"data":"';

const asText = (bytes) => `["1",null,"connector:lobby","proto",{"data":"${bytes.toString("base64")}"}]`;
const carried = (frameBytes) => asText(frameBytes.subarray(prefixBytes));

/** The last part of an id tells the registration on its socket. */
const placeDigits = 5;

class SocketStream {
  registered = false;
  #owner;
  #request;
  #id;
  arn;

  constructor(owner, { tenantId, connectorType, instanceId }, place) {
    this.#owner = owner;
    this.arn = `matrix:${tenantId}:${connectorType}:${instanceId}`;
    const request = frame({
      case: "executeRequest",
      value: create(ExecuteRequestSchema, {
        requestId: `slot-0000-00000000-${String(place).padStart(placeDigits, "0")}`.padEnd(36, "x"),
        payload,
        payloadEncoding: 1,
        context: { connector_arn: this.arn },
      }),
    });
    this.#request = request.subarray(prefixBytes);
    this.#id = findId(this.#request);
  }

  /** A request of the load: its id counts, the rest is prepared. */
  write(bytes) {
    copyId(bytes, findId(bytes), this.#request, this.#id);
    this.#owner.say(asText(this.#request));
  }

  /** A channel has no end of one registration: it ends with its socket. */
  end() {
    this.#owner.leave();
  }
}

export class GatewaySocket {
  #ws;
  #socket;
  #board;
  #streams = [];
  #writing = "idle";

  constructor(ws, socket, board) {
    this.#ws = ws;
    this.#socket = socket;
    this.#board = board;
    ws.on("error", () => {});
    ws.on("message", (text) => this.#take(text));
    ws.on("close", () => {
      for (const stream of this.#streams) board.left(stream);
    });
  }

  say(text) {
    if (this.#writing === "idle") {
      this.#writing = "due";
      this.#socket.cork();
      setImmediate(() => {
        this.#writing = "idle";
        this.#socket.uncork();
      });
    }
    this.#ws.send(text);
  }

  leave() {
    this.#ws.close(1001);
  }

  #take(text) {
    const at = text.indexOf(dataMark);
    if (at < 0) return this.#reply(JSON.parse(text.toString()));
    const from = at + dataMark.length;
    const bytes = Buffer.from(text.latin1Slice(from, text.indexOf('"', from)), "base64");
    if (bytes[0] === answerTag) this.#answered(bytes);
    else if (bytes[0] === heartbeatTag) this.say(carried(heartbeatResponse));
    else if (bytes[0] === registerTag) this.#register(fromBinary(StreamMessageSchema, bytes).message.value);
  }

  #answered(bytes) {
    const id = findId(bytes);
    let place = 0;
    const from = id + "slot-0000-00000000-".length;
    for (let i = from; i < from + placeDigits; i += 1) place = place * 10 + bytes[i] - 0x30;
    this.#board.load?.answered(this.#streams[place], bytes);
  }

  #register(identity) {
    const stream = new SocketStream(this, identity, this.#streams.length);
    this.#streams.push(stream);
    this.#board.opened(stream);
    const value = create(RegisterConnectorResponseSchema, {
      success: true,
      status: 2,
      connectorArn: stream.arn,
    });
    this.say(carried(frame({ case: "registerResponse", value })));
    this.#board.arrived(stream);
  }

  #reply([joinRef, ref, topic]) {
    this.say(JSON.stringify([joinRef, ref, topic, "phx_reply", { status: "ok", response: {} }]));
  }
}
