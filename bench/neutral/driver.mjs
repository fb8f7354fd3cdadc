// Stands between the benchmark and the neutral driver: messages of the one are lines of the other.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { executeFrame, heartbeatResponse, registerResponse } from "../frames.mjs";

const neutral = spawn(process.env.BENCH_NEUTRAL_DRIVER, { stdio: ["pipe", "pipe", "inherit"] });
neutral.on("exit", () => process.exit(1));
process.on("disconnect", () => process.exit());
process.on("exit", () => neutral.kill());

const order = (what) => neutral.stdin.write(`${JSON.stringify(what)}\n`);
const base64 = (bytes) => bytes.toString("base64");

createInterface({ input: neutral.stdout }).on("line", (line) => process.send(JSON.parse(line)));
process.on("message", ({ load, ...rest }) => {
  if (!load) return order(rest);
  const { request = {}, ...shape } = load;
  order({ load: { ...shape, request: base64(executeFrame(0, request)) } });
});
order({ frames: { register: base64(registerResponse), heartbeat: base64(heartbeatResponse) } });
