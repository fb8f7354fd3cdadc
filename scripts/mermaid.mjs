/** Charts as Mermaid's state diagrams: of the documents, and of `mooring machines --format mermaid`. */

export const unique = (items) => [...new Set(items)];
export const childrenOf = (chart, id) => chart.filter(({ parent }) => parent === id);
const word = (id) => id.replace(/[^A-Za-z0-9]/g, "_");

/** A state's name below its machine, without the parents that only hold things together. */
export function shortName(id) {
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

const drawing = (lines, settings = []) => [...settings, "stateDiagram-v2", ...lines].join("\n");

/** A state and all below it. What leads out of the state itself leads out of any state. */
export function diagram(chart, node) {
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

/** A whole machine. The regions of a parallel one need a state around them. */
export function machineDiagram(chart) {
  const [top] = chart;
  if (top.type !== "parallel") return diagram(chart, top);
  const lines = arrows(chart, word, guarded, (node) => (leads(chart, node) ? anyOf(node) : word(node.id)));
  return drawing([
    ...stateLines(chart, top, 1),
    ...lines.map(([pair, events]) => `  ${pair} : ${events.join(" / ")}`),
  ]);
}

/** Two states that are passed through are named by where they lead. */
const outerName = (id) =>
  ({ lost: "lost (to backoff)", linked: "awaitingRegister.first" })[id.split(".").at(-1)] ?? shortName(id);

/** A public state with its children, and where its ways out lead: to states of the others, by their short names. */
export function publicDiagram(chart, state) {
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

/** A loss is drawn to where it leads with reconnect on. */
function publicName(id, publicStates) {
  const path = id.split(".");
  const named = publicStates.find((state) => path.includes(state));
  return named ?? (path.at(-1) === "lost" ? "backoff" : path.at(-1) === "connection" ? "(any)" : "linked");
}

/** Which public state leads to which other, and by what. */
function publicWays(chart, publicStates) {
  const nameOf = (id) => publicName(id, publicStates);
  const connection = chart.filter(({ id }) => id.startsWith("registration.connection."));
  const fromOf = ({ id }) => (nameOf(id) === "linked" ? "linked_any" : nameOf(id));
  return arrows(connection, nameOf, bare, fromOf).filter(([pair]) => {
    const [from, to] = pair.split(" --> ");
    return from !== to;
  });
}

/** The six public states alone. */
export const overview = (chart, publicStates) =>
  drawing(
    [
      "  [*] --> connecting",
      "  state linked {",
      "    [*] --> awaitingRegister",
      ...publicStates.slice(1, 4).map((state) => `    ${state}`),
      '    state "(any)" as linked_any',
      "  }",
      ...publicWays(chart, publicStates).map(([pair, events]) => `  ${pair} : ${events.join(" / ")}`),
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
export function firstLook(chart, publicStates) {
  const linked = ["awaitingRegister", "streaming", "credentialExchange"];
  const ways = unique(
    publicWays(chart, publicStates).flatMap(([pair]) => {
      const way = pair.replace("--> linked", "--> awaitingRegister");
      return way.startsWith("linked_any") ? linked.map((from) => way.replace("linked_any", from)) : [way];
    }),
  );
  const known = Object.keys(waysInWords);
  const odd = [...ways.filter((way) => !known.includes(way)), ...known.filter((way) => !ways.includes(way))];
  if (odd.length > 0) throw new Error(`waysInWords in scripts/mermaid.mjs is stale: ${odd.join(", ")}`);
  const drawn = Object.entries(waysInWords).filter(([, words]) => words !== "");
  return drawing([
    "  [*] --> connecting",
    ...drawn.map(([way, words]) => `  ${way}: ${words}`),
    "  stopped --> [*]",
  ]);
}
