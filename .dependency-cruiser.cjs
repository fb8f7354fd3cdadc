// Imports go one way. Each rule says what a folder may not reach, and why.
const forbid = (name, comment, from, to, fromNot) => ({
  name,
  comment,
  severity: "error",
  from: { path: from, ...(fromNot ? { pathNot: fromNot } : {}) },
  to,
});
const not = (from, allowed) => ({
  path: "^(machines|src|inspector)/",
  pathNot: [from, ...allowed].map((one) => `^${one}`),
});
/** Folders of the transport that are no adapter. */
const shared = "http2|pool";
const leaves = [
  "src/errors",
  "src/logger",
  "src/secret",
  "src/same-secret",
  "src/is-object",
  "src/with-resolvers",
  "src/clock-difference",
  "src/tools",
  "src/version",
  "src/wrap",
  "src/environment/",
  "src/files/",
  "src/network/",
  "src/http2/",
  "src/protocol/",
  "src/options/",
  "src/serving/",
  "src/troubles/",
  "src/gen/",
];

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "A cycle has no first file to read.",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    forbid("machines-alone", "Machines know xstate and each other, no I/O.", "^machines/", {
      pathNot: ["^machines/", "node_modules/xstate/"],
    }),
    forbid(
      "leaves",
      "Leaves know each other only.",
      "^src/(errors|logger|secret|same-secret|is-object|with-resolvers|clock-difference|tools|version|wrap|environment/|files/|network/|http2/|protocol/|options/|serving/|troubles/)",
      not("src/protocol/", leaves),
    ),
    forbid(
      "transport",
      "The transport knows nothing above it.",
      "^src/transport/",
      not("src/transport/", leaves),
    ),
    forbid(
      "adapters-apart",
      "Adapters of the transport do not know each other: what several share is in http2/ (of HTTP/2 and gRPC), pool/ or above.",
      `^src/transport/(?!${shared})([^/]+)/`,
      { path: "^src/transport/[^/]+/", pathNot: [`^src/transport/($1|${shared})/`] },
    ),
    forbid(
      "adapters-by-table",
      "Nobody knows an adapter but the table and the package's entry; whatever else is asked of a transport, the contract says.",
      "^(machines|src|inspector)/",
      {
        path: `^src/transport/(?!${shared})[^/]+/`,
      },
      "^src/transport/(adapters|index)\\.ts$|^src/transport/(?!pool|http2)[^/]+/",
    ),
    forbid(
      "contract-neutral",
      "What every transport shares knows no protocol.",
      "^src/transport/(pool/|[^/]+$)",
      { path: ["^src/transport/http2/", "^src/http2/", "node:http2", "^http2$"] },
    ),
    forbid(
      "above-the-contract",
      "Above the transport, nobody may import what belongs to HTTP/2 or to the pool of connections.",
      "^(machines|inspector|src/(?!transport/|http2/|gateway/|doctor/|serving/))",
      { path: ["^src/transport/[^/]+/", "^src/http2/"] },
    ),
    forbid("pool", "The pool places streams on connections, whatever these are.", "^src/transport/pool/", {
      path: "^src/transport/[^/]+/",
      pathNot: ["^src/transport/pool/"],
    }),
    forbid(
      "connectors",
      "A connector never needs the runtime.",
      "^src/connectors/",
      not("src/connectors/", leaves),
    ),
    forbid(
      "execution",
      "Work knows no machine and no socket.",
      "^src/execution/",
      not("src/execution/", [...leaves, "src/connectors/"]),
    ),
    forbid(
      "credentials",
      "Secrets stay apart from streams and machines.",
      "^src/credentials/",
      not("src/credentials/", leaves),
    ),
    forbid(
      "sign-in",
      "People's tokens stay apart from connectors: only calls, files, trust and the rules for targets are shared.",
      "^src/sign-in/",
      not("src/sign-in/", [
        ...leaves,
        "src/credentials/(http|private-files|callback-base)",
        "src/transport/tls",
      ]),
    ),
    forbid(
      "doctor",
      "The doctor looks at settings and files, and starts nothing.",
      "^src/doctor/",
      not("src/doctor/", [...leaves, "src/credentials/", "src/sign-in/", "src/transport/"]),
    ),
    forbid(
      "session",
      "A session knows no machine.",
      "^src/session/",
      not("src/session/", [
        ...leaves,
        "src/transport/",
        "src/execution/",
        "src/credentials/",
        "src/connectors/",
      ]),
    ),
    forbid(
      "no-xstate-below",
      "Only machines, their adapters, the runtime and the inspection feed know XState.",
      "^src/(transport|connectors|execution|credentials|session|gateway|control|cli|protocol|environment|files|network|http2|options|serving|sign-in|doctor)/",
      { path: "node_modules/xstate/" },
    ),
    forbid(
      "recording",
      "A recording knows the charts and files, and takes no part in what is recorded.",
      "^src/recording/",
      not("src/recording/", [...leaves, "machines/"]),
    ),
    forbid(
      "actors",
      "Adapters compose what is below them, never the runtime.",
      "^src/actors/",
      not("src/actors/", [
        ...leaves,
        "machines/",
        "src/session/",
        "src/transport/",
        "src/execution/",
        "src/credentials/",
        "src/recording/settings",
      ]),
    ),
    forbid(
      "gateway",
      "The gateway is the other side: it shares the contract, not the client.",
      "^src/gateway/",
      not("src/gateway/", leaves),
    ),
    forbid(
      "inspect",
      "The inspector watches and takes no part.",
      "^src/inspect/",
      not("src/inspect/", [...leaves, "machines/(transition-key|event-names)", "src/recording/moment"]),
    ),
    forbid(
      "inspector-page",
      "The page knows the messages, and of the machines how events are called and how long is waited.",
      "^inspector/",
      not("inspector/", [
        "src/inspect/(inspection|stately)-messages",
        "src/troubles/",
        "machines/(event-names|restarts|(liveness-|supervisor-|(credentials|registration)/)delays)",
      ]),
    ),
    forbid("runtime", "The runtime never reaches the command line or the gateway.", "^src/runtime/", {
      path: "^src/(cli|gateway|control|workers)/",
    }),
    forbid(
      "workers",
      "Worker threads stand between the runtime's parts and its public face.",
      "^src/workers/",
      not("src/workers/", [
        ...leaves,
        "machines/",
        "src/runtime/",
        "src/connectors/",
        "src/execution/(work-counters|running-request|handler-board|loop-block|loop-watch|quarantine)",
      ]),
    ),
    forbid(
      "cli",
      "The command line uses what everybody can use. Errors, the version and defaults it takes from their own files: src/index would load the whole runtime for commands that need none of it, such as --version, status and login.",
      "^src/cli/",
      not("src/cli/", [
        "src/index",
        "src/errors",
        "src/protocol/defaults",
        "src/environment/milliseconds",
        "src/network/(certificate-pair|loopback|tls-failure)",
        "src/tools",
        "src/gateway/index",
        "src/control/",
        "src/sign-in/index",
        "src/doctor/index",
        "src/recording/",
        "src/workers/load-module",
        "src/workers/error-location",
        "src/version",
        "src/wrap",
        "src/files/read-file",
      ]),
    ),
    forbid("examples", "Examples use the package's public names.", "^examples/", {
      path: "^(machines|src)/",
      pathNot: ["^src/(index|gateway/index|testing/index)"],
    }),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js"],
    },
  },
};
