/** Servers that are not written in Node, each if the machine has what it takes. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

const here = "test/interop/h2";
const folder = "node_modules/.cache/interop-h2";

export interface Server {
  readonly name: string;
  /** Starts it. Resolves with its port; `undefined`: the machine has not what it takes. */
  start(): Promise<{ readonly port: number; stop(): void } | undefined>;
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`it ended with ${code}`)));
    if (child.stdout) createInterface(child.stdout).once("line", resolve);
  });
}

function has(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

let builtGo: string | undefined;
/** Built once. */
function goServer(): string | undefined {
  if (builtGo || !has("go", "version")) return builtGo;
  mkdirSync(folder, { recursive: true });
  const file = `${process.cwd()}/${folder}/grpc-go`;
  execFileSync("go", ["build", "-o", file, "."], { cwd: `${here}/grpc-go`, stdio: "inherit" });
  builtGo = file;
  return file;
}

async function startGo(...args: string[]) {
  const file = goServer();
  if (!file) return undefined;
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  return { port: Number(await firstLine(child)), stop: () => void child.kill() };
}

const grpcGo = (name: string, ...args: string[]): Server => ({
  name: `grpc-go, ${name}`,
  start: () => startGo(...args),
});

const envoyCommand = process.env.ENVOY ?? "envoy";

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** The plainest HTTP/2 proxy that can be made of it. */
const envoyConfig = (port: number, behind: number, options: object) => ({
  static_resources: {
    listeners: [
      {
        address: { socket_address: { address: "127.0.0.1", port_value: port } },
        filter_chains: [
          {
            filters: [
              {
                name: "envoy.filters.network.http_connection_manager",
                typed_config: {
                  "@type":
                    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
                  stat_prefix: "h2",
                  codec_type: "HTTP2",
                  http2_protocol_options: options,
                  stream_idle_timeout: "0s",
                  route_config: {
                    virtual_hosts: [
                      {
                        name: "all",
                        domains: ["*"],
                        routes: [{ match: { prefix: "/" }, route: { cluster: "behind", timeout: "0s" } }],
                      },
                    ],
                  },
                  http_filters: [
                    {
                      name: "envoy.filters.http.router",
                      typed_config: {
                        "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
                      },
                    },
                  ],
                },
              },
            ],
          },
        ],
      },
    ],
    clusters: [
      {
        name: "behind",
        connect_timeout: "5s",
        typed_extension_protocol_options: {
          "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
            explicit_http_config: { http2_protocol_options: {} },
          },
        },
        load_assignment: {
          cluster_name: "behind",
          endpoints: [
            {
              lb_endpoints: [
                {
                  endpoint: {
                    address: { socket_address: { address: "127.0.0.1", port_value: behind } },
                  },
                },
              ],
            },
          ],
        },
      },
    ],
  },
});

const envoy = (name: string, options: object): Server => ({
  name: `Envoy before grpc-go, ${name}`,
  start: async () => {
    if (!has(envoyCommand, "--version")) return undefined;
    const behind = await startGo();
    if (!behind) return undefined;
    const port = await freePort();
    mkdirSync(folder, { recursive: true });
    const file = `${folder}/envoy-${port}.json`;
    writeFileSync(file, JSON.stringify(envoyConfig(port, behind.port, options)));
    const args = ["-c", file, "--use-dynamic-base-id", "--concurrency", "1", "--log-level", "info"];
    const child = spawn(envoyCommand, args, { stdio: ["ignore", "ignore", "pipe"] });
    await new Promise<void>((resolve, reject) => {
      child.on("exit", (code) => reject(new Error(`Envoy ended with ${code}`)));
      if (!child.stderr) return reject(new Error("Envoy says nothing"));
      createInterface(child.stderr).on("line", (line) => {
        if (line.includes("starting main dispatch loop")) resolve();
      });
    });
    return {
      port,
      stop: () => {
        child.kill();
        behind.stop();
      },
    };
  },
});

/** grpc-java, by the single-file source launcher; GRPC_JAVA has its jars. */
const grpcJava: Server = {
  name: "grpc-java (Netty)",
  start: async () => {
    const jars = process.env.GRPC_JAVA;
    if (!jars || !has("java", "-version")) return undefined;
    const args = ["-cp", `${jars}/*`, `${here}/GrpcJava.java`];
    const child = spawn("java", args, { stdio: ["ignore", "pipe", "inherit"] });
    return { port: Number(await firstLine(child)), stop: () => void child.kill() };
  },
};

export const servers: readonly Server[] = [
  grpcGo("as it comes"),
  grpcGo("two streams a connection", "-streams", "2"),
  grpcGo("a window of a megabyte", "-window", "1048576"),
  grpcGo("4 KiB of header fields", "-fields", "4096"),
  grpcJava,
  envoy("as it comes", {}),
  envoy("two streams a connection, windows of 64 KiB", {
    max_concurrent_streams: 2,
    initial_stream_window_size: 65_535,
    initial_connection_window_size: 65_535,
  }),
  envoy("no table for header fields", { hpack_table_size: 0 }),
];
