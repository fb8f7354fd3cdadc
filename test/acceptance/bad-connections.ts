/** A peer that fails new streams, seen from a whole runtime over one transport: its own code and a remedy are told, and it is left. */
import type { ServerHttp2Stream } from "node:http2";
import { create } from "@bufbuild/protobuf";
import { createRuntime, type RegistrationStatus, type Runtime, type RuntimeOptions } from "mooring";
import type { TransportName } from "mooring/transport";
import { afterEach, describe, expect, it } from "vitest";
import {
  RegistrationStatus as Approval,
  HeartbeatResponseSchema,
  RegisterConnectorResponseSchema,
  StreamMessageSchema,
} from "../../src/gen/matrix/connectors/v1/connector_service_pb.js";
import { echo } from "../support/connectors.js";
import { backingOff, eventually, serving, untilStatus } from "../support/until.js";
import { frame, Inbox } from "../transport-conformance/kit/messages.js";
import { grpcHeaders, ScriptedServer } from "../transport-conformance/kit/scripted-server.js";

const one = { tenantId: "t", instanceId: "one", connector: echo };
const two = { ...one, instanceId: "two" };
const firstKey = "t.echo_test.one";
const secondKey = "t.echo_test.two";
const ends: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

type Serve = (stream: ServerHttp2Stream) => void;

const accepted = create(StreamMessageSchema, {
  message: {
    case: "registerResponse",
    value: create(RegisterConnectorResponseSchema, { success: true, status: Approval.APPROVED }),
  },
});
const heartbeat = create(StreamMessageSchema, {
  message: { case: "heartbeatResponse", value: create(HeartbeatResponseSchema) },
});

/** What a gateway does with a stream. */
const serveWell: Serve = (stream) => {
  const inbox = new Inbox();
  stream.respond(grpcHeaders);
  stream.on("data", (chunk: Buffer) => {
    inbox.push(chunk);
    for (const { message } of inbox.messages.splice(0)) {
      if (message.case === "registerRequest") stream.write(frame(accepted));
      if (message.case === "heartbeatRequest") stream.write(frame(heartbeat));
    }
  });
  stream.on("end", () => stream.end());
};

async function server(serve: Serve): Promise<ScriptedServer> {
  const started = await ScriptedServer.start(serve);
  ends.push(() => started.close());
  return started;
}

function runtimeTo({ port }: ScriptedServer, options: RuntimeOptions): Runtime {
  const runtime = createRuntime({ url: `grpc://127.0.0.1:${port}`, strict: true, env: {}, ...options });
  ends.push(() => runtime.close());
  return runtime;
}

const reset =
  (code: number): Serve =>
  (stream) =>
    stream.close(code);

const answer =
  (headers: Record<string, string | number>): Serve =>
  (stream) =>
    stream.respond(headers, { endStream: true });

const goaway =
  (code: number, debug = ""): Serve =>
  ({ session }) =>
    session?.goaway(code, 0, Buffer.from(debug));

interface Bad {
  readonly name: string;
  readonly serve: Serve;
  readonly cause: string;
  readonly code: string;
  readonly detail?: RegExp;
}

const lost = "connection-lost";

const resets: readonly Bad[] = [
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
].map((name, index) => ({
  name: `a reset with ${name}`,
  serve: reset(index + 1),
  cause: lost,
  code: `RST_${name}`,
  detail: new RegExp(`reset the stream with ${name}\\. `),
}));

const onOneStream: readonly Bad[] = [
  {
    name: "a reset with NO_ERROR",
    serve: reset(0),
    cause: lost,
    code: "NO_GRPC_STATUS",
    detail: /without a gRPC status/,
  },
  ...resets,
  ...[502, 503, 504, 429, 408, 500].map((status) => ({
    name: `HTTP ${status}`,
    serve: answer({ ":status": status }),
    cause: lost,
    code: `HTTP_${status}`,
    detail: new RegExp(`HTTP status ${status}: look at its log`),
  })),
  ...[400, 401, 403, 404, 302].map((status) => ({
    name: `HTTP ${status} with a page`,
    serve: answer({ ":status": status, "content-type": "text/html" }),
    cause: "wrong-protocol",
    code: `HTTP_${status}`,
    detail: new RegExp(`HTTP status ${status}: look at its log`),
  })),
  {
    name: "a page",
    serve: answer({ ":status": 200, "content-type": "text/html" }),
    cause: "wrong-protocol",
    code: "CONTENT_TYPE",
    detail: /check host and port in url/,
  },
  {
    name: "bytes that are no frame",
    serve: (stream) => {
      stream.respond(grpcHeaders);
      stream.write(Buffer.alloc(64, 0xff));
    },
    cause: "wrong-protocol",
    code: "BAD_FRAME",
    detail: /no gRPC message/,
  },
  {
    name: "a proxy's UNAVAILABLE",
    serve: answer({ ...grpcHeaders, "grpc-status": "14", "grpc-message": "no%20healthy%20upstream" }),
    cause: "peer-unavailable",
    code: "UNAVAILABLE",
    detail: /cannot serve now\. The other side says: "no healthy upstream"\.$/,
  },
  {
    name: "headers and no status",
    serve: answer(grpcHeaders),
    cause: lost,
    code: "NO_GRPC_STATUS",
    detail: /without a gRPC status/,
  },
  ...(
    [
      ["14", "UNAVAILABLE", "peer-unavailable"],
      ["16", "UNAUTHENTICATED", "identity-refused"],
      ["7", "PERMISSION_DENIED", "access-denied"],
      ["8", "RESOURCE_EXHAUSTED", "peer-exhausted"],
      ["12", "UNIMPLEMENTED", "peer-error"],
      ["3", "INVALID_ARGUMENT", "refused-by-peer"],
    ] as const
  ).map(([status, code, cause]) => ({
    name: `gRPC status ${code}`,
    serve: answer({ ...grpcHeaders, "grpc-status": status }),
    cause,
    code,
  })),
];

const onTheConnection: readonly Bad[] = [
  {
    name: "GOAWAY with ENHANCE_YOUR_CALM",
    serve: goaway(11, "too many pings"),
    cause: lost,
    code: "GOAWAY_ENHANCE_YOUR_CALM",
    detail: /ended the connection with ENHANCE_YOUR_CALM \("too many pings"\)\. /,
  },
  {
    name: "GOAWAY with INTERNAL_ERROR",
    serve: goaway(2),
    cause: lost,
    code: "GOAWAY_INTERNAL_ERROR",
    detail: /ended the connection with INTERNAL_ERROR/,
  },
  {
    name: "a closed connection",
    serve: ({ session }) => session?.destroy(),
    cause: lost,
    code: "CLOSED",
    detail: /closed the connection without a reason/,
  },
];

const silence: Bad = {
  name: "silence",
  serve: () => {},
  cause: "register-timeout",
  code: "SILENCE",
  detail: /^Nothing came for 1\.8 s: no answer to the register request\./,
};

/** Waits for the first failure and stays there. */
const patient: RuntimeOptions = { backoff: { baseMs: 60_000, maxMs: 60_000 } };
/** Fails often. */
const eager: RuntimeOptions = { backoff: { baseMs: 1, maxMs: 5, jitterMs: 1 }, refusedDelayMs: 1 };

export function badConnections(transport: TransportName): void {
  describe(`a peer that fails a new stream, over ${transport}`, () => {
    it.each([...onOneStream, ...onTheConnection, silence])(
      "$name: status and explain tell its code and a remedy",
      async ({ serve, cause, code, detail }) => {
        const times = cause === "register-timeout" ? { connectTimeoutMs: 600 } : { connectTimeoutMs: 60_000 };
        const runtime = runtimeTo(await server(serve), { ...patient, ...times, transport });
        runtime.add(one);
        void runtime.start();
        const status = await untilStatus(runtime, firstKey, backingOff);
        // grpc-js keeps a GOAWAY to itself: the streams on it are reset with its code.
        const isTold = transport !== "grpc-js" || !code.startsWith("GOAWAY");
        const told = isTold ? code : code.replace("GOAWAY", "RST");
        expect(status).toMatchObject({ cause, code: told });
        if (detail && isTold) expect(status.detail).toMatch(detail);
        const explained = runtime.explain(firstKey);
        expect(explained).toContain(`Cause: ${cause} (${told}): `);
        expect(explained).toMatch(/What to do: \S/);
      },
    );

    const answers = ["identity-refused", "access-denied", "peer-exhausted", "peer-error", "refused-by-peer"];
    const isRefusal = ({ cause }: Bad) => answers.includes(cause);
    it.each([...onOneStream.filter((bad) => !isRefusal(bad)), silence])(
      "$name: a fresh connection is dialled after a few, and what serves on the old one stays",
      async ({ serve, cause, code }) => {
        const bad: ScriptedServer = await server((stream) => {
          if (bad.accepted > 1 || bad.served === 1) serveWell(stream);
          else serve(stream);
        });
        const times =
          cause === "register-timeout" ? { connectTimeoutMs: 600, heartbeat: { suspectMs: 50 } } : {};
        const runtime = runtimeTo(bad, { ...eager, ...times, transport });
        runtime.add(one);
        await runtime.start();
        const seen: RegistrationStatus[] = [];
        const watching = (async () => {
          for await (const { key, status } of runtime.changes())
            if (key === secondKey && backingOff(status)) seen.push(status);
        })();
        runtime.add(two);
        await untilStatus(runtime, secondKey, serving);
        expect(bad.accepted).toBe(2);
        expect(runtime.registration(firstKey).status()).toMatchObject({
          ready: true,
          counters: { total_disconnects: 0 },
        });
        expect(runtime.status().channels.map(({ state }) => state)).toEqual(["draining", "ready"]);
        await eventually(() => seen.length > 0);
        expect(new Set(seen.map((status) => `${status.cause} ${status.code}`))).toEqual(
          new Set([`${cause} ${code}`]),
        );
        await runtime.close();
        await watching;
      },
    );
  });
}
