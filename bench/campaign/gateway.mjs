// The gateway of the campaign: asks every connected registration again and again, holds each answer against its
// question, and misbehaves when told. A process of its own. Run with --expose-gc.
import { startGateway } from "mooring/gateway";

const askEveryMs = 100;
const executeTimeoutMs = 120_000;
const downMs = 100;
const deafMs = 300;
const largeBytes = 200_000;

const tls = process.env.CAMPAIGN_CERT && {
  cert: process.env.CAMPAIGN_CERT,
  key: process.env.CAMPAIGN_KEY,
};
const gateway = await startGateway({ approval: "automatic", maxDeliveries: 1_000, ...(tls ? { tls } : {}) });
const disturbances = {
  reset: () => gateway.disturb("reset"),
  goaway: () => gateway.disturb("goaway"),
  close: () => gateway.disturb("close"),
  cut: () => gateway.disturb("cut"),
  restart: () => gateway.restart({ downMs }),
  restartPolitely: () => gateway.restart({ politely: true }),
  deaf: async () => {
    gateway.fault({ deaf: true });
    await new Promise((resolve) => setTimeout(resolve, deafMs));
    gateway.fault({ deaf: false });
  },
};
let phase = "resting";
let disturbing = Promise.resolve();
let asked = 0;
let answered = 0;
let wrong = 0;
/** Why requests were not answered, and how often. */
const lost = {};

/** Mostly small and at once; some take a while, few are large. */
function question(id) {
  const afterMs = id % 3 === 0 ? (id * 7) % 200 : 0;
  const bytes = id % 97 === 0 ? largeBytes : (id * 13) % 500;
  return { id, afterMs, bytes };
}

async function ask(key) {
  asked += 1;
  const asking = question(asked);
  try {
    const answer = await gateway.execute(key, { payload: asking, timeoutMs: executeTimeoutMs });
    if (!answer.success) throw new Error(answer.error);
    const { id, filling } = answer.json();
    if (id === asking.id && filling.length === asking.bytes) answered += 1;
    else wrong += 1;
  } catch (error) {
    lost[error.message] = (lost[error.message] ?? 0) + 1;
  }
}

setInterval(() => {
  if (phase !== "working") return;
  for (const { key, connected } of gateway.registrations()) if (connected) void ask(key);
}, askEveryMs);

const figures = () => {
  const { streamsOpened, connectionsAccepted, duplicateAnswers, unknownAnswers } = gateway.stats();
  const open = gateway.registrations().reduce((sum, one) => sum + one.openExecutes, 0);
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    asked,
    answered,
    wrong,
    lost,
    open,
    streamsOpened,
    connectionsAccepted,
    duplicateAnswers,
    unknownAnswers,
    rss,
    heapUsed,
  };
};

process.on("message", async (command) => {
  if (command.disturb) disturbing = disturbing.then(disturbances[command.disturb]);
  if (command === "work") phase = "working";
  if (command === "rest") {
    phase = "resting";
    await disturbing;
    process.send({ resting: true });
  }
  if (command === "figures") process.send({ figures: figures() });
});
process.on("disconnect", () => process.exit());
process.send({ port: gateway.port });
