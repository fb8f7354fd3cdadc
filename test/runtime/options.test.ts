import { createRuntime, MooringError, type RuntimeOptions } from "mooring";
import { describe, expect, it } from "vitest";
import { createMemoryStore } from "../../src/credentials/memory-store.js";
import { resolveSettings } from "../../src/runtime/options.js";
import { echo } from "../support/connectors.js";

const env = {};

/** What a program in JavaScript, or one that reads its options from a file, may give. */
const anything = (options: object): RuntimeOptions => options;

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).toMatchObject({ name: "MooringError", code: "INVALID_CONFIG" });
    if (error instanceof MooringError) return error.message;
  }
  throw new Error("It did not throw.");
}

const refused = (options: object) => refusal(() => createRuntime(anything({ env, ...options })));

describe("names that are no options", () => {
  it.each([
    [
      { maxConcurrentRequest: 1 },
      'maxConcurrentRequest is no option of createRuntime(); did you mean "maxConcurrentRequests"?',
    ],
    [{ heartBeat: {} }, 'heartBeat is no option of createRuntime(); did you mean "heartbeat"?'],
    [
      { backoff: { basMs: 1 } },
      'backoff.basMs is no option of createRuntime(); did you mean "backoff.baseMs"?',
    ],
    [{ heartbeat: { intervallMs: 1 } }, 'did you mean "heartbeat.intervalMs"?'],
    [
      { ping: { timeout: 1 } },
      'ping.timeout is no option of createRuntime(); did you mean "ping.timeoutMs"?',
    ],
    [{ outbox: { maxByte: 1 } }, 'did you mean "outbox.maxBytes"?'],
    [
      { tls: { certfile: "a" } },
      'tls.certfile is no option of createRuntime(); did you mean "tls.certFile"?',
    ],
    [
      { credentials: { dir: "a" } },
      "credentials.dir is no option of createRuntime(); known are credentials.directory,",
    ],
    [{ caFile: "a" }, 'caFile is no option of createRuntime(); did you mean "tls.caFile"?'],
    [{ baseMs: 1 }, 'baseMs is no option of createRuntime(); did you mean "backoff.baseMs"?'],
    [{ tenantId: "t" }, "tenantId is an option of add(), not of createRuntime()"],
    [{ tag: "a" }, "tag is no option of createRuntime(); known are url,"],
    [{ ur: "a" }, 'ur is no option of createRuntime(); did you mean "url"?'],
    [{ colour: "red" }, "colour is no option of createRuntime(); known are url, tls, transport,"],
  ])("%o is refused with the name that was meant", (options, text) => {
    expect(refused(options)).toContain(text);
  });

  it("are refused by add() too", () => {
    const add = (options: object) =>
      refusal(() => createRuntime({ env }).add({ connector: echo, instanceId: "i", ...options }));
    expect(add({ displayname: "d" })).toContain(
      'displayname is no option of add(); did you mean "displayName"?',
    );
    expect(add({ tag: "a" })).toContain('tag is no option of add(); did you mean "tags"?');
    expect(add({ url: "grpc://h" })).toContain("url is an option of createRuntime(), not of add()");
    expect(add({ requestTimeoutMs: 0 })).toContain("requestTimeoutMs must be a number from 1");
    expect(add({ maxConcurrentRequests: Number.NaN })).toContain("maxConcurrentRequests must be a number");
    expect(add({ maxQueuedRequests: -1 })).toContain("maxQueuedRequests must be a number from 0");
  });

  it("do not count when they are undefined, as a spread may leave them", () => {
    expect(() => createRuntime(anything({ env, heartBeat: undefined }))).not.toThrow();
  });
});

describe("options of the wrong kind", () => {
  it.each([
    [{ reconnect: "false" }, 'reconnect must be true or false; got "false"'],
    [{ tls: { insecure: "false" } }, 'tls.insecure must be true or false; got "false"'],
    [{ credentials: { allowInsecureHttp: 1 } }, "credentials.allowInsecureHttp must be true or false; got 1"],
    [{ url: 50_061 }, "url must be a text; got a number"],
    [{ tls: { caFile: null } }, "tls.caFile must be a text; got null"],
    [{ backoff: 500 }, "backoff must be an object, such as { baseMs: … }; got a number"],
    [{ heartbeat: null }, "heartbeat must be an object, such as { intervalMs: … }; got null"],
    [{ tls: [] }, "tls must be an object, such as { ca: … }; got a list"],
    [{ backoff: [] }, "backoff must be an object, such as { baseMs: … }; got a list"],
    [{ ping: { timeoutMs: null } }, "ping.timeoutMs must be a number; got null"],
    [
      { maxConcurrentRequests: "10" },
      'maxConcurrentRequests must be a number, "adaptive" or bounds such as { least: 4, most: 100 }; got "10"',
    ],
    [
      { maxConcurrentRequests: "adaptiv" },
      'maxConcurrentRequests must be a number, "adaptive" or bounds such as { least: 4, most: 100 }; got "adaptiv"',
    ],
    [{ maxConcurrentRequests: [1, 2] }, "or bounds such as { least: 4, most: 100 }; got a list"],
    [{ maxConcurrentRequests: 0 }, "maxConcurrentRequests must be a number from 1 to 1000000; got 0."],
    [
      { maxConcurrentRequests: Number.NaN },
      "maxConcurrentRequests must be a number from 1 to 1000000; got NaN.",
    ],
    [
      { maxConcurrentRequests: { leest: 1 } },
      'maxConcurrentRequests.leest is no option of createRuntime() and add(); did you mean "maxConcurrentRequests.least"?',
    ],
    [{ maxConcurrentRequests: { least: "1" } }, 'maxConcurrentRequests.least must be a number; got "1".'],
    [
      { maxConcurrentRequests: { most: Number.NaN } },
      "maxConcurrentRequests.most must be a number from 1 to 1000000; got NaN.",
    ],
    [
      { maxConcurrentRequests: { least: 9, most: 8 } },
      "maxConcurrentRequests.least (9) must be at most maxConcurrentRequests.most (8): lower the one or raise the other.",
    ],
    [{ maxMessageBytes: () => "planted" }, "maxMessageBytes must be a number; got a function"],
    [{ transport: 5 }, "transport must be a text; got a number"],
    [{ random: 5 }, "random must be a function; got a number"],
    [{ env: 5 }, "env must be an object of texts; got a number"],
    [{ env: { TENANT_ID: 5 } }, "env.TENANT_ID must be a text; got a number"],
    [{ logger: 1 }, "logger must be an object with the functions debug, info, warn and error; got a number"],
    [{ logger: { info() {} } }, "logger must be an object with the functions debug, info, warn and error"],
    [{ inspect: "yes" }, "inspect must be true, false, a function or an object with send; got a text"],
    [{ workers: "2" }, 'workers must be a number or "auto"; got "2"'],
    [{ workers: 1.5 }, "workers must be a whole number from 0 to 256; got 1.5."],
    [{ workers: 1, module: 5 }, "module must be a file URL or an absolute path; got a number"],
    [{ credentials: { store: 1 } }, "credentials.store must be an object with the functions load, readKey,"],
    [
      { credentials: { allowedRealms: "x" } },
      "credentials.allowedRealms must be a list of texts; got a text",
    ],
    [
      { credentials: { allowedRealms: ["https://a.example", 5] } },
      "credentials.allowedRealms[1] must be a text; got a number",
    ],
  ])("%o is refused, naming the option", (options, text) => {
    expect(refused(options)).toContain(text);
  });

  it.each([
    [{ tags: 5 }, "tags must be a list of texts; got a number"],
    [{ tags: "a,b" }, "tags must be a list of texts; got a text"],
    [{ tags: ["a", undefined] }, "tags[1] must be a text; got nothing"],
    [{ scope: "all" }, 'scope must be one of tenant, global; got "all"'],
    [{ metadata: 5 }, "metadata must be an object of texts; got a number"],
    [{ metadata: ["a"] }, "metadata must be an object of texts; got a list"],
    [{ metadata: { zone: 5 } }, "metadata.zone must be a text; got a number"],
    [{ connector: { ...echo, connectorType: 5 } }, "connector.connectorType is required"],
  ])("%o is refused by add()", (options, text) => {
    const given: object = options;
    expect(
      refusal(() => createRuntime({ env }).add({ connector: echo, instanceId: "i", ...given })),
    ).toContain(text);
  });

  it("are told from the right ones", () => {
    const ignore = () => {};
    class OwnLogger {
      debug() {}
      info() {}
      warn() {}
      error() {}
    }
    for (const inspect of [true, false, ignore, { send: ignore }])
      expect(() =>
        createRuntime({ env, inspect, logger: new OwnLogger(), random: Math.random }),
      ).not.toThrow();
    expect(() => createRuntime({ env: { ...env, HOME: undefined } })).not.toThrow();
    const credentials = { store: createMemoryStore(), allowedRealms: ["https://a.example"] };
    expect(() => createRuntime({ env, credentials })).not.toThrow();
  });

  it("never quotes what may be a secret", () => {
    expect(refused({ tls: { key: Buffer.from("planted") } })).toBe("tls.key must be a text; got an object.");
    expect(refused({ tls: "planted-secret" })).toMatch(/^tls must be an object, .*; got a text\.$/);
    expect(refused({ tls: { ca: () => "planted-secret" } })).toBe("tls.ca must be a text; got a function.");
    expect(refused({ tls: { key: ["planted"] } })).toBe("tls.key must be a text; got a list.");
    const add = (authToken: unknown) => {
      const options: object = { authToken };
      return refusal(() => createRuntime({ env }).add({ connector: echo, instanceId: "i", ...options }));
    };
    expect(add(() => "planted-secret")).toBe("authToken must be a text; got a function.");
    expect(add(123_456)).toBe("authToken must be a text; got a number.");
    expect(add(123_456n)).toBe("authToken must be a text; got a number.");
    expect(add(Symbol("planted-secret"))).toBe("authToken must be a text; got a symbol.");
    expect(refused({ reconnect: () => "planted-secret" })).toContain("got a function");
  });
});

describe("options that do not go together", () => {
  it("are a base of the back-off above its maximum", () => {
    const text = "backoff.baseMs (5000) must be at most backoff.maxMs (1000)";
    expect(refused({ backoff: { baseMs: 5_000, maxMs: 1_000 } })).toContain(text);
    expect(refused({ backoff: { baseMs: 70_000 } })).toContain("backoff.maxMs (60000)");
    expect(resolveSettings({ env, backoff: { maxMs: 100 } }).backoff).toMatchObject({
      baseMs: 100,
      maxMs: 100,
    });
  });

  it("blame the maximum of the back-off for what is wrong with it, not the base that follows from it", () => {
    expect(refused({ backoff: { maxMs: -5 } })).toContain("backoff.maxMs must be a number from 0");
    expect(refused({ backoff: { maxMs: Number.NaN } })).toContain("backoff.maxMs must be a number from 0");
  });

  it("are a module without workers", () => {
    const module = new URL("file:///connectors.js");
    expect(refused({ module })).toContain("module needs workers");
    expect(resolveSettings({ env, module, workers: 0 }).workers).toBeNull();
  });

  it.each([
    [{ cert: "PEM" }, "tls.cert needs its key: give tls.key or tls.keyFile"],
    [{ certFile: "/c.pem" }, "tls.certFile needs its key"],
    [{ keyFile: "/k.pem" }, "tls.keyFile needs its certificate: give tls.cert or tls.certFile"],
  ])("is half a client certificate: %o", (tls, text) => {
    expect(refused({ tls })).toContain(text);
    expect(resolveSettings({ env, tls: { certFile: "/c.pem", key: "PEM" } }).tls.key).toBe("PEM");
  });
});

describe("options of start and drain", () => {
  it.each([
    [{ timeout: 5 }, 'timeout is no option of start(); did you mean "timeoutMs"?'],
    [{ timeoutMs: "5" }, 'timeoutMs must be a number; got "5".'],
    [{ timeoutMs: 2 ** 31 }, "timeoutMs must be a number from 0 to 2147483647; got 2147483648."],
    [5, "start() takes an object of options; got a number."],
  ])("[C17 #22] are refused by start as %o, which can be called again", async (options, message) => {
    await using runtime = createRuntime({ env });
    const given: object = Object(options);
    const wrong =
      typeof options === "number" ? Reflect.apply(runtime.start, runtime, [options]) : runtime.start(given);
    await expect(wrong).rejects.toMatchObject({ code: "INVALID_CONFIG", message });
    await expect(runtime.start()).resolves.toMatchObject({ ready: [] });
  });

  it.each([
    [{ deadline: 5 }, 'deadline is no option of drain(); did you mean "deadlineMs"?'],
    [{ deadlineMs: -1 }, "deadlineMs must be a number from 0 to 2147483647; got -1."],
  ])("are refused by drain as %o, and nothing ends", async (options, message) => {
    await using runtime = createRuntime({ env });
    await runtime.start();
    const given: object = options;
    await expect(runtime.drain(given)).rejects.toMatchObject({ code: "INVALID_CONFIG", message });
    expect(runtime.status().phase).toBe("running");
  });
});

describe("an instance's name", () => {
  const add = (options: object, env = {}) =>
    refusal(() => createRuntime({ env }).add({ connector: echo, ...options }));

  it("is asked for with the variable that may hold it, where that is read", () => {
    const text = "instanceId is required: give a non-empty text, stable over restarts";
    expect(add({})).toBe(`${text}, or set INSTANCE_ID.`);
    expect(add({ instanceId: undefined }, { INSTANCE_ID: " " })).toBe(`${text}, or set INSTANCE_ID.`);
    expect(add({ instanceId: " " }, { INSTANCE_ID: "one" })).toBe(`${text}.`);
  });
});

describe("an option that is undefined", () => {
  it("is not given: the environment counts", () => {
    const env = {
      MATRIX_TLS_CA_CERT: "/ca.pem",
      MATRIX_TLS_INSECURE: "1",
      STRIKE48_API_URL: "https://a.example",
    };
    const tls: object = { caFile: undefined, insecure: undefined };
    const credentials: object = { apiUrl: undefined };
    const settings = resolveSettings({ env, tls, credentials });
    expect(settings.tls).toEqual({ caFile: "/ca.pem", insecure: true });
    expect(settings.credentials).toEqual({ apiUrl: "https://a.example" });
  });
});

describe("switches of the environment", () => {
  it.each(["MATRIX_TLS_INSECURE", "STRIKE48_METRICS_ENABLED", "MOORING_ALLOW_INSECURE_GRPC"])(
    "[C16 #5] [A16 #96] %s is true, 1, false or 0, or blank",
    (name) => {
      expect(refused({ env: { [name]: "yes" } })).toBe(
        `${name} must be true, 1, false or 0; got "yes". Unset it for the default.`,
      );
      for (const text of ["true", "1", "FALSE", " 0 ", " ", ""])
        expect(() => createRuntime({ env: { [name]: text } })).not.toThrow();
    },
  );

  it("let tokens go over gRPC without TLS, unless the option says otherwise", () => {
    const env = { MOORING_ALLOW_INSECURE_GRPC: "true", STRIKE48_URL: "grpc://gateway.example.com:50061" };
    expect(resolveSettings({ env }).credentials).toEqual({ allowInsecureGrpc: true });
    const credentials = { allowInsecureGrpc: false };
    expect(resolveSettings({ env, credentials }).credentials).toEqual(credentials);
    const add = (more: object) =>
      createRuntime({ env, ...more }).add({ instanceId: "i", connector: echo, authToken: "planted" });
    expect(() => add({})).not.toThrow();
    expect(() => add({ credentials })).toThrow("MOORING_ALLOW_INSECURE_GRPC=true");
  });

  it("say what they say, however they are written", () => {
    const of = (text: string) =>
      resolveSettings({ env: { MATRIX_TLS_INSECURE: text, STRIKE48_METRICS_ENABLED: text } });
    expect(of(" TRUE ").tls).toEqual({ insecure: true });
    expect(of("False")).toMatchObject({ tls: {}, metricsIntervalMs: 0 });
  });
});

describe("the gateway's address", () => {
  const wanted = "grpc://host:port, grpcs://host:port (TLS) or host:port";

  it.each([
    [{ url: "ftp://h:1" }, "url is no address of a gateway: ftp://h:1."],
    [{ env: { STRIKE48_URL: "h h" } }, "STRIKE48_URL is no address of a gateway: h h."],
    [{ env: { MATRIX_HOST: "h:1:2" } }, "MATRIX_HOST has no valid port: 1:2."],
    [{ env: { STRIKE48_HOST: "h:70000" } }, "STRIKE48_HOST has no valid port: 70000."],
    [{ url: "grpc://user@h:1" }, "url holds a user name or password."],
    [{ env: { STRIKE48_URL: "wss://h:0" } }, "STRIKE48_URL has no valid port: 0."],
  ])("%o is refused: the error names where it came from, and the schemes that are right", (options, text) => {
    const message = refused(options);
    expect(message).toContain(text);
    expect(message).toContain(wanted);
  });

  it.each([
    ["grpc://h:1", "h2"],
    ["grpcs://h", "h2"],
    ["localhost:1", "h2"],
    ["ws://h:1", "websocket"],
    ["wss://h", "websocket"],
    ["http://h", "websocket"],
    ["HTTPS://h", "websocket"],
  ])("%s is dialled by the adapter %s", (url, transport) => {
    expect(resolveSettings({ url, env: {} }).transport).toBe(transport);
    expect(resolveSettings({ env: { STRIKE48_URL: url } }).transport).toBe(transport);
  });

  it("and an adapter that was asked for must fit each other", () => {
    expect(resolveSettings({ url: "grpc://h", transport: "connect", env: {} }).transport).toBe("connect");
    expect(resolveSettings({ url: "wss://h", transport: "websocket", env: {} }).transport).toBe("websocket");
    expect(refused({ url: "wss://h", transport: "connect", env: {} })).toBe(
      "transport is connect, which speaks gRPC, but url begins with wss://. Write grpc://host:port or grpcs://host:port (TLS), or leave transport out.",
    );
    expect(refused({ env: { STRIKE48_URL: "grpc://h", MOORING_TRANSPORT: "websocket" } })).toBe(
      "MOORING_TRANSPORT is websocket, which speaks WebSocket, but STRIKE48_URL begins with grpc://. Write ws://host:port or wss://host:port (TLS), or leave MOORING_TRANSPORT out.",
    );
    expect(refused({ url: "localhost:1", transport: "websocket", env: {} })).toContain(
      "but url has no scheme, which means gRPC.",
    );
    expect(refused({ transport: "websocket", env: {} })).toContain(
      "but without url it is grpc://localhost:50061.",
    );
  });

  it("fit each other whatever they are where the adapter is auto; a slip is told with what to write", () => {
    const auto = (url: string) => resolveSettings({ url, transport: "auto", env: {} }).eitherEndpoint;
    expect(auto("https://h")).toMatchObject({
      gRPC: { authority: "h:443", tls: true, transport: "gRPC" },
      WebSocket: { authority: "h:443", tls: true, transport: "WebSocket" },
    });
    const env = { STRIKE48_URL: "grpc://h", MOORING_TRANSPORT: "auto" };
    expect(resolveSettings({ env })).toMatchObject({ transport: "auto" });
    expect(resolveSettings({ url: "grpcs://h", env: {} }).eitherEndpoint).toBeNull();
    const choices = "must be one of h2, lean, connect, grpc-js, websocket, auto";
    // @ts-expect-error: the compiler knows the names.
    const slip: RuntimeOptions = { transport: "Auto", env: {} };
    expect(refused(slip)).toBe(`transport ${choices}; got "Auto".`);
    expect(refused({ env: { MOORING_TRANSPORT: "Auto" } })).toBe(`MOORING_TRANSPORT ${choices}; got "Auto".`);
    expect(refused({ transport: true, env: {} })).toBe("transport must be a text; got true.");
  });
});
