/**
 * Writes the diagram of README.md, docs/registration-machine.md, docs/credentials-machine.md, docs/supervisor-machine.md and
 * machines/README.md from the machines themselves. With --check it writes nothing and exits 1 when one of them is stale.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { charts, descriptions, publicStates } from "./machines.mjs";
import { childrenOf, diagram, firstLook, overview, publicDiagram, shortName, unique } from "./mermaid.mjs";

const root = new URL("../", import.meta.url);

const listed = (names) => {
  const quoted = names.map((name) => `\`${name}\``);
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
};
const cell = (lines) => lines.join("<br>") || "–";
const table = (heads, rows) =>
  [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** `event [guard]` of all transitions with the same end, in the order of the chart. */
function grouped(transitions, endOf) {
  const byEnd = new Map();
  for (const transition of transitions) {
    const end = endOf(transition);
    const { event, guard, description } = transition;
    const named = guard === null ? "" : ` [${guard}]`;
    const why = description === null ? "" : ` (${description})`;
    byEnd.set(end, unique([...(byEnd.get(end) ?? []), `\`${event}\`${named}${why}`]));
  }
  return [...byEnd].map(([end, events]) => `${events.join(", ")} → ${end}`);
}

const actors = ({ invokes }) =>
  invokes.map(({ id, src }) => (id === src ? `\`${id}\`` : `\`${id}\` (${src})`));

function stateTable(chart) {
  const rows = chart
    .filter(({ parent, type }) => parent !== null && type !== "history")
    .map((node) => [
      `\`${shortName(node.id)}\``,
      node.description ?? "",
      cell(
        childrenOf(chart, node.id)
          .filter(({ type }) => type !== "history")
          .map(({ name }) => `\`${name}\``),
      ),
      cell(actors(node)),
      cell(
        grouped(
          node.transitions.filter(({ targets }) => targets.length > 0),
          ({ targets }) => targets.map((id) => `\`${shortName(id)}\``).join(", "),
        ),
      ),
    ]);
  return table(["State", "Meaning", "Children", "Actors", "What leads out"], rows);
}

function stayingTable(chart) {
  const rows = chart
    .map((node) => [
      `\`${shortName(node.id) || node.name}\``,
      cell(
        grouped(
          node.transitions.filter(({ targets, actions }) => targets.length === 0 && actions.length > 0),
          ({ actions }) => actions.join(", "),
        ),
      ),
    ])
    .filter(([, events]) => events !== "–");
  return table(["State", "Event → action"], rows);
}

const generated = (source) =>
  `<!-- Generated from ${source} by scripts/diagram.mjs. Change the machine, then run: node scripts/diagram.mjs -->`;

const section = (title, ...parts) => [`## ${title}`, ...parts].join("\n\n");
const fenced = (text) => `\`\`\`mermaid\n${text}\n\`\`\``;
const nodeOf = (name, id = name) => charts[name].find((node) => node.id === id);
const drawn = (name, id) => fenced(diagram(charts[name], nodeOf(name, id)));

const reading = [
  "How to read it: `after x` is a timer, `x done` and `x failed` are the ends of an invoked actor, a word in",
  "brackets is a condition, words in parentheses say why. Events of the wire are of the open stream: its port sees to",
  "that. A parent's way out holds for all its children.",
].join("\n");

const registrationDoc = [
  generated("machines/registration.ts and machines/liveness.ts"),
  "# The registration machine",
  `The life of one registration. The chart that is drawn here is the chart that runs. Six states are public:\n${listed(publicStates)}; the rest are their\nchildren, or parents that hold an actor for several of them.`,
  reading,
  section(
    "The six public states",
    "`stop` and the end of a drain's deadline lead from every state to `stopped`; with `reconnect: false` every way to\n`backoff` leads there. The end of a stream, and one that is deaf, leads from `awaitingRegister`, `streaming` and `credentialExchange` to\n`backoff`. Each of the six is drawn by itself below.",
    fenced(overview(charts.registration, publicStates)),
  ),
  ...publicStates.map((state) => section(`\`${state}\``, fenced(publicDiagram(charts.registration, state)))),
  section("Intake", "Remembers a drain over reconnects.", drawn("registration", "registration.intake")),
  section("States", stateTable(charts.registration)),
  section("Taken without leaving the state", stayingTable(charts.registration)),
  section(
    "Liveness",
    "Lives only while there is doubt: from a heartbeat that was not answered in time until the next answer, or until\nthe stream counts as deaf. While all is well the stream beats by itself.",
    drawn("liveness"),
    stateTable(charts.liveness),
  ),
].join("\n\n");

const credentialsDoc = [
  generated("machines/credentials.ts"),
  "# The credentials machine",
  "How a registration comes by a token and keeps one. The registration starts it when it connects and needs a step\nfor that (a key to register, a token to mint, credentials to renew after two rejections), and when the gateway issues\na one-time token; it stops it when it loses its stream. It tells `credentials.ready`, `credentials.retrying`\n(a step is tried again) and `credentials.failed` (its tries are spent, or more are of no use); what the\nregistration makes of them is in [the registration machine](registration-machine.md). Given tokens, and none, are\n`settled`: nothing is left running. [Credentials](credentials.md) tells what to set.",
  reading,
  section("Credentials", drawn("credentials"), stateTable(charts.credentials)),
].join("\n\n");

const supervisorDoc = [
  generated(
    "machines/supervisor.ts, machines/partition.ts, machines/worker.ts and machines/hosted-registration.ts",
  ),
  "# The supervisor machine",
  "Forwards commands to the partitions, counts where registrations stand, and leads a drain. The registrations\nthemselves live in partitions: small actor systems of their own, so that work per registration does not grow with\ntheir number.",
  reading,
  section("Supervisor", drawn("supervisor"), stateTable(charts.supervisor), stayingTable(charts.supervisor)),
  section("Partition", drawn("partition"), stateTable(charts.partition), stayingTable(charts.partition)),
  section(
    "Worker",
    "With [worker threads](threads.md) the supervisor leads workers instead of partitions; the partitions are in the\nthreads, each under a supervisor of its own. A worker is the place of one thread.",
    drawn("worker", "worker.thread"),
    "Beside it, whether a thread is started for a registration that needs one:",
    drawn("worker", "worker.life"),
  ),
  section(
    "Hosted registration",
    "A registration in a worker thread, as the main thread knows it. No actor leads it: a function says what an event\nmakes of a state and what is to be done, and all that stand alike share one snapshot. What becomes of it when its\nthread fails is decided by the rule of the partitions (`afterFailure` in `machines/restarts.ts`). `machines/README.md` says in words\nwhat each state means.",
    drawn("hostedRegistration"),
  ),
].join("\n\n");

const readme = [
  generated("the machines"),
  "# The machines",
  "Statecharts in XState v5, and the pure functions beside them. They do no I/O: what they need from outside is in\n`ports.ts`, with placeholders that fail loudly; `src/actors` and `src/workers` have the real logic. Time comes from the clock of the\nactor system, randomness by input. No context, event, input or output holds a secret.",
  [
    `- \`registration.ts\`, \`registration/\`: ${descriptions.registration}`,
    `- \`credentials.ts\`, \`credentials/\`: ${descriptions.credentials}`,
    `- \`liveness.ts\`: ${descriptions.liveness}`,
    `- \`partition.ts\`: ${descriptions.partition}`,
    `- \`supervisor.ts\`: ${descriptions.supervisor}`,
    `- \`worker.ts\`: ${descriptions.worker}`,
    `- \`hosted-registration.ts\`: ${descriptions.hostedRegistration}`,
    `- \`socket.ts\`: ${descriptions.socket}`,
    `- \`transport-choice.ts\`: ${descriptions.transportChoice}`,
    `- \`mcp-server.ts\`: ${descriptions.mcpServer}`,
    "- `restarts.ts`: how often what has failed is started again, and what becomes of a registration then",
    "- `registration-view.ts`, `supervisor-view.ts`, `counters.ts`: snapshots as plain data, pure",
    "- `backoff.ts`, `failure.ts`, `policy.ts`, `event-names.ts`, `public-states.ts`: values and pure functions",
    "- `chart.ts`: a machine's chart as data, for diagrams and proofs",
  ].join("\n"),
  "Diagrams: [registration](../docs/registration-machine.md), [credentials](../docs/credentials-machine.md), [supervisor](../docs/supervisor-machine.md).",
  ...Object.keys(charts).map((name) => section(`States: ${name}`, stateTable(charts[name]))),
  section("The socket, drawn", drawn("socket", "socket.live"), drawn("socket", "socket.live.joined.peer")),
  section(
    "The choice of a transport, drawn",
    drawn("transportChoice"),
    "Once the gateway has answered over gRPC; of WebSocket it is the same the other way round:",
    drawn("transportChoice", "transportChoice.gRPC"),
  ),
].join("\n\n");

const frontPage = readFileSync(new URL("README.md", root), "utf8").replace(
  /```mermaid\nstateDiagram-v2\n[\s\S]*?```/,
  () => fenced(firstLook(charts.registration, publicStates)),
);

const files = {
  "README.md": frontPage,
  "docs/registration-machine.md": registrationDoc,
  "docs/credentials-machine.md": credentialsDoc,
  "docs/supervisor-machine.md": supervisorDoc,
  "machines/README.md": readme,
};

const formatter = fileURLToPath(new URL("node_modules/.bin/biome", root));

/** In the package, where aligned columns would take room; the formatter leaves these alone. */
const isPacked = (path) => path.startsWith("docs/");

/** As the repository's formatter would leave it, so that formatting never makes a file stale. */
const formatted = (path, text) => (isPacked(path) ? `${text}\n` : aligned(path, text));

const aligned = (path, text) =>
  execFileSync(formatter, ["format", `--stdin-file-path=${path}`], {
    cwd: fileURLToPath(root),
    input: `${text}\n`,
  }).toString();

function committed(path) {
  try {
    return readFileSync(new URL(path, root), "utf8");
  } catch {
    return "";
  }
}

const stale = Object.entries(files)
  .map(([path, text]) => [path, formatted(path, text)])
  .filter(([path, text]) => committed(path) !== text);
if (process.argv.includes("--check")) {
  for (const [path] of stale) console.error(`${path} is stale: run node scripts/diagram.mjs`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) writeFileSync(new URL(path, root), text);
}
