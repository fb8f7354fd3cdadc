// The gateway of the soak: keeps asking everybody, and misbehaves in turn. A process of its own.
import { startGateway } from "mooring/gateway";

const askEveryMs = 50;
const disturbEveryMs = 3_000;
const executeTimeoutMs = 60_000;
const downMs = 200;
const payload = { text: "x".repeat(100) };

const gateway = await startGateway({ approval: "automatic" });
const disturbances = [
  () => gateway.disturb("reset"),
  () => gateway.disturb("goaway"),
  () => gateway.restart({ downMs }),
  () => gateway.disturb("close"),
  () => gateway.restart({ politely: true }),
  () => gateway.disturb("cut"),
];
let phase = "resting";
let turn = 0;
let disturbing = Promise.resolve();
let asked = 0;
let answered = 0;
/** Of those that stay: nobody took them away, so each request must be answered. */
let lost = 0;

const isStaying = (key) => key.includes("stays-");

async function ask(key) {
  asked += 1;
  try {
    const answer = await gateway.execute(key, { payload, timeoutMs: executeTimeoutMs });
    if (answer.success) answered += 1;
    else if (isStaying(key)) lost += 1;
  } catch {
    if (isStaying(key)) lost += 1;
  }
}

setInterval(() => {
  if (phase !== "working") return;
  for (const { key, connected } of gateway.registrations()) if (connected) void ask(key);
}, askEveryMs);

setInterval(() => {
  if (phase !== "working") return;
  disturbing = disturbing.then(disturbances[turn % disturbances.length]);
  turn += 1;
}, disturbEveryMs);

const counters = () => {
  const { streamsOpened, connectionsAccepted, duplicateAnswers } = gateway.stats();
  return {
    asked,
    answered,
    lost,
    disturbances: turn,
    streamsOpened,
    connectionsAccepted,
    duplicateAnswers,
  };
};

process.on("message", async (command) => {
  if (command.forget) gateway.deregister(command.forget);
  if (command === "work") phase = "working";
  if (command === "rest") {
    phase = "resting";
    await disturbing;
    process.send({ resting: counters() });
  }
});
process.on("disconnect", () => process.exit());
process.send({ url: gateway.url });
