import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { publicStates } from "../../machines/public-states.js";
import { adviceFor } from "../../src/runtime/advice.js";
import { environmentNames } from "../../src/runtime/environment.js";
import { resolveSettings } from "../../src/runtime/options.js";
import { transportNames } from "../../src/transport/create.js";

// Tables are padded by the formatter.
const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8").replace(/ +/g, " ");

describe("the README", () => {
  it("names every environment variable that is read", () => {
    expect(Object.keys(environmentNames).filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });

  it("names every option, with the default that is in force", () => {
    const settings = resolveSettings({ env: {} });
    const numbers = {
      connectTimeoutMs: settings.connectTimeoutMs,
      maxStreamsPerChannel: settings.maxStreamsPerChannel,
      refusedDelayMs: settings.refusedDelayMs,
      stableUptimeMs: settings.stableUptimeMs,
      maxConcurrentRequests: settings.maxConcurrentRequests,
      maxQueuedRequests: settings.maxQueuedRequests,
      requestTimeoutMs: settings.requestTimeoutMs,
      metricsIntervalMs: settings.metricsIntervalMs,
      reconnectGraceMs: settings.reconnectGraceMs,
      drainDeadlineMs: settings.drainDeadlineMs,
    };
    for (const [name, value] of Object.entries(numbers))
      expect(readme).toContain(`| \`${name}\` | ${value.toLocaleString("en-US")} |`);
    for (const name of [
      "url",
      "transport",
      "tls",
      "reconnect",
      "backoff",
      "heartbeat",
      "ping",
      "outbox",
      "maxMessageBytes",
      "credentials",
      "logger",
      "inspect",
      "workers",
      "module",
    ]) {
      expect(readme).toContain(`| \`${name}\` |`);
    }
  });

  it("has the public states, and the causes of its troubleshooting are real", () => {
    for (const state of publicStates) expect(readme).toContain(`| \`${state}\` |`);
    const causes = [...readme.matchAll(/`([a-z]+-[a-z-]+)`/g)].map((match) => match[1] ?? "");
    const known = new Set<string>([...Object.keys(adviceFor), ...transportNames]);
    expect(causes.filter((cause) => !known.has(cause) && !["pino-like"].includes(cause))).toEqual([]);
  });
});
