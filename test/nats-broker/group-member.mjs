/** A process of a group: reads, says what it got, and acknowledges what it is told to. Uses the built package. */
import { createInterface } from "node:readline";
import { natsBroker } from "../../dist/nats.js";

const say = (line) => process.stdout.write(`${line}\n`);
const [address, stream, isAcknowledging] = process.argv.slice(2);
const broker = natsBroker({ servers: [address], stream });
const events = await broker.subscribe("jobs.*", { group: "workers", autoAck: false });
say("ready");
createInterface({ input: process.stdin }).once("close", () => void broker.close());
for await (const { message, deliveries, acknowledge } of events) {
  say(`got ${message.payload} ${deliveries}`);
  if (isAcknowledging === "yes") acknowledge();
}
say("over");
