/**
 * An independent peer: `@grpc/grpc-js` with the contract loaded from the `.proto` file, not from the generated
 * code, so that both sides cannot share a mistake.
 */
import { fileURLToPath } from "node:url";
import {
  type ClientDuplexStream,
  credentials,
  type GrpcObject,
  loadPackageDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerOptions,
  type ServiceClientConstructor,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const file = fileURLToPath(
  new URL("../../proto/matrix/connectors/v1/connector_service.proto", import.meta.url),
);

/** A message with the field names of the contract, e.g. `{ register_request: { tenant_id: "t" } }`. */
export type PeerMessage = Record<string, Record<string, unknown>>;

const definition = loadSync(file, {
  keepCase: true,
  longs: String,
  enums: String,
  bytes: Buffer,
  defaults: false,
  oneofs: false,
});
const contract = loadPackageDefinition(definition) as unknown as {
  matrix: { connectors: { v1: GrpcObject & { ConnectorService: ServiceClientConstructor } } };
};
const { ConnectorService } = contract.matrix.connectors.v1;

export type PeerStream = ClientDuplexStream<PeerMessage, PeerMessage>;
export type PeerCall = ServerDuplexStream<PeerMessage, PeerMessage>;

/** A client connected to `host:port`; TLS when a CA is given. */
export function peerClient(authority: string, ca?: string): { connect(): PeerStream; close(): void } {
  const channel = ca ? credentials.createSsl(Buffer.from(ca)) : credentials.createInsecure();
  // A pool of its own: another client to the same address must not inherit a dead connection.
  const client = new ConnectorService(authority, channel, { "grpc.use_local_subchannel_pool": 1 });
  return {
    connect: () => (client as unknown as { Connect(): PeerStream }).Connect(),
    close: () => client.close(),
  };
}

/** A server that hands each stream to `serve`. */
export async function peerServer(
  serve: (call: PeerCall) => void,
  options: ServerOptions = {},
): Promise<{ port: number; close(): void }> {
  const server = new Server(options);
  server.addService(ConnectorService.service, { Connect: serve });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { port, close: () => server.forceShutdown() };
}

/** The next message that has this field; others before it are passed over. */
export function nextMessage(stream: PeerStream | PeerCall, field: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const take = (message: PeerMessage) => {
      const found = message[field];
      if (!found) return;
      stream.off("data", take);
      stream.off("error", reject);
      resolve(found);
    };
    stream.on("data", take);
    stream.on("error", reject);
  });
}
