/**
 * Writes the diagram of README.md, docs/registration-machine.md, docs/credentials-machine.md, docs/supervisor-machine.md and
 * machines/README.md from the machines themselves. With --check it writes nothing and exits 1 when one of them is stale.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";

const root = new URL("../", import.meta.url);
const jiti = createJiti(import.meta.url);
const load = (path) => jiti.import(fileURLToPath(new URL(path, root)));

const { chartOf } = await load("machines/chart.ts");
const { registrationMachine } = await load("machines/registration.ts");
const { credentialsMachine } = await load("machines/credentials.ts");
const { hostedRegistrationMachine } = await load("machines/hosted-registration.ts");
const { livenessMachine } = await load("machines/liveness.ts");
const { partitionMachine } = await load("machines/partition.ts");
const { publicStates } = await load("machines/public-states.ts");
const { supervisorMachine } = await load("machines/supervisor.ts");
const { workerMachine } = await load("machines/worker.ts");

const listed = (names) => {
  const quoted = names.map((name) => `\`${name}\``);
  return `${quoted.slice(0, -1).join(", ")} and ${quoted.at(-1)}`;
};
const unique = (items) => [...new Set(items)];
const childrenOf = (chart, id) => chart.filter(({ parent }) => parent === id);
const word = (id) => id.replace(/[^A-Za-z0-9]/g, "_");

/** A state's name below its machine, without the parents that only hold things together. */
function shortName(id) {
  const [, ...path] = id.split(".");
  return (
    path.filter((part) => !["connection", "linked", "active"].includes(part)).join(".") || path.join(".")
  );
}

/** A parent whose ways out hold for all its children: they begin at a word of its own, which is laid out better. */
const anyOf = (node) => `${word(node.id)}_any`;
const leads = (chart, node) =>
  childrenOf(chart, node.id).length > 0 && node.transitions.some(({ targets }) => targets.length > 0);

function stateLines(chart, node, indent) {
  const pad = "  ".repeat(indent);
  const children = childrenOf(chart, node.id);
  const label = node.type === "history" ? `${node.name} (remembered)` : node.name;
  if (children.length === 0) return [`${pad}state "${label}" as ${word(node.id)}`];
  const any = leads(chart, node) ? [`${pad}  state "(any)" as ${anyOf(node)}`] : [];
  return [
    `${pad}state "${label}" as ${word(node.id)} {`,
    ...inner(chart, node, indent + 1),
    ...any,
    `${pad}}`,
  ];
}

function inner(chart, node, indent) {
  const pad = "  ".repeat(indent);
  const children = childrenOf(chart, node.id);
  const blocks = children.map((child) => stateLines(chart, child, indent));
  if (node.type === "parallel")
    return blocks.flatMap((lines, place) => (place === 0 ? lines : [`${pad}--`, ...lines]));
  const start = node.initial === null ? [] : [`${pad}[*] --> ${word(node.initial)}`];
  const ends = children.filter(({ type }) => type === "final").map(({ id }) => `${pad}${word(id)} --> [*]`);
  return [...start, ...blocks.flat(), ...ends];
}

const bare = ({ event }) => event;
const guarded = ({ event, guard }) => (guard === null ? event : `${event} [${guard}]`);

/** One line for each pair of states, with all that leads from the one to the other. */
function arrows(nodes, idOf, wordsOf, fromOf = ({ id }) => idOf(id)) {
  const between = new Map();
  for (const node of nodes) {
    for (const transition of node.transitions) {
      for (const target of transition.targets) {
        // A parent that leads to itself begins anew.
        const end = target === node.id && node.initial !== null ? node.initial : target;
        const pair = `${fromOf(node)} --> ${idOf(end)}`;
        between.set(pair, [...(between.get(pair) ?? []), wordsOf(transition)]);
      }
    }
  }
  return [...between].map(([pair, events]) => [pair, unique(events)]);
}

/** Room for the words on the arrows: closer together they cover one another. */
const spacious = ["---", "config:", "  state:", "    nodeSpacing: 170", "    rankSpacing: 130", "---"];

const drawing = (lines, settings = []) =>
  ["```mermaid", ...settings, "stateDiagram-v2", ...lines, "```"].join("\n");

/** A state and all below it. What leads out of the state itself leads out of any state. */
function diagram(chart, node) {
  const below = chart.filter(({ id }) => id === node.id || id.startsWith(`${node.id}.`));
  const anywhere = node.transitions.some(({ targets }) => targets.length > 0);
  const idOf = (id) => (id === node.id ? "any_state" : word(id));
  return drawing([
    ...inner(chart, node, 1),
    ...(anywhere ? ['  state "(any state)" as any_state'] : []),
    ...arrows(below, idOf, guarded, (one) =>
      one !== node && leads(chart, one) ? anyOf(one) : idOf(one.id),
    ).map(([pair, events]) => `  ${pair} : ${events.join(" / ")}`),
  ]);
}

/** Two states that are passed through are named by where they lead. */
const outerName = (id) =>
  ({ lost: "lost (to backoff)", linked: "awaitingRegister.first" })[id.split(".").at(-1)] ?? shortName(id);

/** A public state with its children, and where its ways out lead: to states of the others, by their short names. */
function publicDiagram(chart, state) {
  const root = chart.find(({ id }) => id.split(".").at(-1) === state);
  const isInside = (id) => id === root.id || id.startsWith(`${root.id}.`);
  const inside = chart.filter(({ id }) => isInside(id));
  const away = unique(
    inside.flatMap(({ transitions }) => transitions.flatMap(({ targets }) => targets)),
  ).filter((id) => !isInside(id));
  const outer = away.map((id) => `  state "${outerName(id)}" as ${word(id)}`);
  const ends = root.type === "final" ? [`  ${word(root.id)} --> [*]`] : [];
  return drawing(
    [
      ...stateLines(chart, root, 1),
      ...outer,
      ...arrows(inside, word, guarded, (node) => (leads(chart, node) ? anyOf(node) : word(node.id))).map(
        ([pair, events]) => `  ${pair} : ${events.join(" / ")}`,
      ),
      ...ends,
    ],
    spacious,
  );
}

/** The six public states alone; a loss is drawn to where it leads with reconnect on. */
function publicName(id) {
  const path = id.split(".");
  const named = publicStates.find((state) => path.includes(state));
  return named ?? (path.at(-1) === "lost" ? "backoff" : path.at(-1) === "connection" ? "(any)" : "linked");
}

/** Which public state leads to which other, and by what. */
function publicWays(chart) {
  const connection = chart.filter(({ id }) => id.startsWith("registration.connection."));
  const fromOf = ({ id }) => (publicName(id) === "linked" ? "linked_any" : publicName(id));
  return arrows(connection, publicName, bare, fromOf).filter(([pair]) => {
    const [from, to] = pair.split(" --> ");
    return from !== to;
  });
}

const overview = (chart) =>
  drawing(
    [
      "  [*] --> connecting",
      "  state linked {",
      "    [*] --> awaitingRegister",
      ...publicStates.slice(1, 4).map((state) => `    ${state}`),
      '    state "(any)" as linked_any',
      "  }",
      ...publicWays(chart).map(([pair, events]) => `  ${pair} : ${events.join(" / ")}`),
      "  stopped --> [*]",
    ],
    spacious,
  );

/** What leads from one public state to another, in words. Those that only a drain or a setting takes are left to the whole diagram. */
const waysInWords = {
  "connecting --> awaitingRegister": "opened",
  "connecting --> backoff": "failed or late",
  "awaitingRegister --> streaming": "accepted",
  "awaitingRegister --> backoff": "refused, late or ended",
  "streaming --> credentialExchange": "credentials issued",
  "streaming --> awaitingRegister": "approved, registers again",
  "credentialExchange --> awaitingRegister": "token, same stream",
  "credentialExchange --> streaming": "tries spent",
  "credentialExchange --> connecting": "",
  "credentialExchange --> backoff": "stream ended",
  "streaming --> backoff": "stream ended or deaf",
  "streaming --> connecting": "planned move",
  "backoff --> connecting": "delay or retryNow()",
  "connecting --> stopped": "",
  "awaitingRegister --> stopped": "",
  "streaming --> stopped": "drained",
  "backoff --> stopped": "",
};

/** The six states for a first look. Throws when the chart has a way that has no words, or the words a way that is none. */
function firstLook(chart) {
  const linked = ["awaitingRegister", "streaming", "credentialExchange"];
  const ways = unique(
    publicWays(chart).flatMap(([pair]) => {
      const way = pair.replace("--> linked", "--> awaitingRegister");
      return way.startsWith("linked_any") ? linked.map((from) => way.replace("linked_any", from)) : [way];
    }),
  );
  const known = Object.keys(waysInWords);
  const odd = [...ways.filter((way) => !known.includes(way)), ...known.filter((way) => !ways.includes(way))];
  if (odd.length > 0) throw new Error(`waysInWords in scripts/diagram.mjs is stale: ${odd.join(", ")}`);
  const drawn = Object.entries(waysInWords).filter(([, words]) => words !== "");
  return drawing([
    "  [*] --> connecting",
    ...drawn.map(([way, words]) => `  ${way}: ${words}`),
    "  stopped --> [*]",
  ]);
}

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
const charts = Object.fromEntries(
  [
    registrationMachine,
    credentialsMachine,
    livenessMachine,
    partitionMachine,
    supervisorMachine,
    workerMachine,
    hostedRegistrationMachine,
  ].map((machine) => [machine.id, chartOf(machine)]),
);
const nodeOf = (name, id = name) => charts[name].find((node) => node.id === id);
const drawn = (name, id) => diagram(charts[name], nodeOf(name, id));

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
    overview(charts.registration),
  ),
  ...publicStates.map((state) => section(`\`${state}\``, publicDiagram(charts.registration, state))),
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
    "- `registration.ts`, `registration/`: the life of one registration",
    "- `credentials.ts`, `credentials/`: how a registration comes by a token and keeps one",
    "- `liveness.ts`: is the open stream alive, while that is in doubt",
    "- `partition.ts`: the root of one actor system with some registrations; contains their faults",
    "- `supervisor.ts`: counts, commands, drain",
    "- `worker.ts`: the place of one worker thread; contains its death",
    "- `hosted-registration.ts`: a registration in a worker thread, as the main thread knows it",
    "- `restarts.ts`: how often what has failed is started again, and what becomes of a registration then",
    "- `registration-view.ts`, `supervisor-view.ts`, `counters.ts`: snapshots as plain data, pure",
    "- `backoff.ts`, `failure.ts`, `policy.ts`, `event-names.ts`, `public-states.ts`: values and pure functions",
    "- `chart.ts`: a machine's chart as data, for diagrams and proofs",
  ].join("\n"),
  "Diagrams: [registration](../docs/registration-machine.md), [credentials](../docs/credentials-machine.md), [supervisor](../docs/supervisor-machine.md).",
  ...Object.keys(charts).map((name) => section(`States: ${name}`, stateTable(charts[name]))),
].join("\n\n");

const frontPage = readFileSync(new URL("README.md", root), "utf8").replace(
  /```mermaid\nstateDiagram-v2\n[\s\S]*?```/,
  () => firstLook(charts.registration),
);

const files = {
  "README.md": frontPage,
  "docs/registration-machine.md": registrationDoc,
  "docs/credentials-machine.md": credentialsDoc,
  "docs/supervisor-machine.md": supervisorDoc,
  "machines/README.md": readme,
};

const formatter = fileURLToPath(new URL("node_modules/.bin/biome", root));

/** As the repository's formatter would leave it, so that formatting never makes a file stale. */
const formatted = (path, text) =>
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
