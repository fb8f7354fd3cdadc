/** A million events and more, both ways: what `scripts/prove-charts.mjs` runs. Arguments: events, first seed. */
import type { AnyStateMachine, AnyStateNode } from "xstate";
import { Chance, liveBothWays, type Subject, Visited } from "./both-ways.js";
import { ownSubjects } from "./own-machines.js";
import { randomSubject } from "./random-chart.js";

const [events = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);

const say = (line: string) => void process.stdout.write(`${line}\n`);

// XState says each event that comes after the end.
console.warn = () => {};

const nodesOf = (node: AnyStateNode): readonly AnyStateNode[] => [
  node,
  ...Object.values(node.states).flatMap(nodesOf),
];

/** The states of all subjects that were come to. */
const seen = new Set<string>();

/** Its states where it was never; of a parent that was made for the test, those of its child. */
function missed({ plain }: Subject): readonly string[] {
  const { child } = plain.implementations.actors;
  const { root } = plain.id === "parent" ? (child as AnyStateMachine) : plain;
  return nodesOf(root)
    .filter(({ id, type }) => type !== "history" && !seen.has(id))
    .map(({ id }) => id);
}

/** Charts with many ways have more lives. */
const shares = ownSubjects.map(({ name }) => ({ registration: 6, credentials: 3 })[name] ?? 1);
const allShares = shares.reduce((sum, share) => sum + share, 0);

/** Half of all events are of charts by chance. */
function proveCharts(): number {
  let lived = 0;
  let charts = 0;
  for (; lived < events / 2; charts += 1) {
    const visited = new Visited();
    liveBothWays(randomSubject(new Chance(seed + charts)), seed + charts, 60, visited);
    lived += visited.events;
  }
  say(`${charts} charts by chance: ${lived} events, no difference`);
  return lived;
}

function proveOwn(subject: Subject, share: number): number {
  const visited = new Visited();
  for (let life = 0; visited.events < ((events / 2) * share) / allShares; life += 1)
    liveBothWays(subject, seed + life, 40, visited);
  say(
    `${subject.name}: ${visited.events} events, ${visited.ways.size} configurations with their children, ${visited.transitions.size} transitions, no difference`,
  );
  for (const id of visited.states) seen.add(id);
  return visited.events;
}

const total = ownSubjects.reduce(
  (sum, subject, index) => sum + proveOwn(subject, shares[index] ?? 1),
  proveCharts(),
);
say(`${total} events in all, planned and plain alike`);
const unseen = ownSubjects.flatMap(missed);
if (unseen.length > 0) {
  say(`Nobody was ever in ${[...new Set(unseen)].join(", ")}.`);
  process.exitCode = 1;
}
