import { readFileSync } from "node:fs";
import { type HealthOptions, serveHealth } from "mooring/health";
import { reaches, startTestBench } from "mooring/testing";
import { Counter, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { troubles } from "../../src/troubles/troubles.js";
import { echo } from "../support/connectors.js";

const key = "acme.echo_test.1";
const registrations = [{ tenantId: "acme", instanceId: "1", connector: echo }];

const example = (name: string) =>
  readFileSync(new URL(`../../examples/deploy/${name}`, import.meta.url), "utf8");

async function ask(url: string, path: string, init?: RequestInit) {
  const response = await fetch(url + path, init);
  return { status: response.status, text: await response.text(), headers: response.headers };
}

/** The values of a scrape by their series. */
async function scrape(url: string): Promise<ReadonlyMap<string, number>> {
  const { text } = await ask(url, "/metrics");
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const namesOf = (series: Iterable<string>) => new Set([...series].map((one) => one.split("{", 1)[0] ?? ""));

describe("the health of a runtime", () => {
  it("[C14 #29] is told as it is: before approval, while it serves, when the gateway is away, and while it drains", async () => {
    await using bench = await startTestBench({ registrations, gateway: { approval: "manual" } });
    const { runtime, gateway } = bench;
    await using health = await serveHealth(runtime);
    const answers = async () => [
      (await ask(health.url, "/livez")).status,
      (await ask(health.url, "/readyz")).status,
    ];
    expect(await answers()).toEqual([200, 503]);
    const pending = JSON.parse((await ask(health.url, "/readyz")).text);
    expect(pending.notReady).toMatchObject([{ key, state: "streaming.pendingApproval" }]);

    gateway.approve(key);
    await reaches(runtime, key, "streaming.serving");
    expect(await answers()).toEqual([200, 200]);

    const away = gateway.restart({ downMs: 300 });
    await reaches(runtime, key, "backoff");
    expect(await answers()).toEqual([200, 503]);
    await away;
    await reaches(runtime, key, "streaming.serving");

    await runtime.close();
    expect(await answers()).toEqual([503, 503]);
  });

  it("is not ready while its stream is deaf, although it is registered", async () => {
    await using bench = await startTestBench({
      registrations,
      runtime: { heartbeat: { intervalMs: 50, timeoutMs: 60_000 } },
    });
    await using health = await serveHealth(bench.runtime);
    bench.gateway.fault({ deaf: true });
    await expect
      .poll(async () => (await ask(health.url, "/readyz")).text)
      .toContain("its last heartbeat was not answered in time");
    expect(bench.runtime.status().ready).toBe(true);
  });

  it("[C14 #29] has metrics that Prometheus reads, with all that the dashboard and the alerts name", async () => {
    await using bench = await startTestBench({ registrations });
    const { runtime, gateway } = bench;
    await using health = await serveHealth(runtime);
    await gateway.execute(key, { payload: { a: 1 } });
    const { headers, text } = await ask(health.url, "/metrics");
    expect(headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(text).toContain("# TYPE mooring_registration_state_seconds_total counter");
    const series = await scrape(health.url);
    expect(series.get("mooring_ready")).toBe(1);
    const histogram = (le: string) =>
      series.get(`mooring_request_duration_seconds_bucket{type="echo_test",le="${le}"}`);
    expect(text).toContain("# TYPE mooring_request_duration_seconds histogram");
    expect([histogram("30"), histogram("+Inf")]).toEqual([1, 1]);
    expect(series.get('mooring_request_duration_seconds_count{type="echo_test"}')).toBe(1);
    expect(series.get('mooring_requests_processed_total{type="echo_test"}')).toBe(1);
    expect(series.get('mooring_registrations{type="echo_test",state="streaming",child="serving"}')).toBe(1);
    gateway.disturb("cut");
    await reaches(runtime, key, "backoff");
    await reaches(runtime, key, "streaming.serving");
    const later = await scrape(health.url);
    const transitions = [...later].filter(([name]) =>
      name.startsWith("mooring_registration_transitions_total"),
    );
    expect(transitions.some(([name]) => name.includes('from="backoff.'))).toBe(true);
    expect(later.get('mooring_reconnects_total{type="echo_test"}')).toBe(1);

    const known = namesOf(later.keys());
    const used = (text: string) => new Set(text.match(/\bmooring_[a-z_]+/g));
    const files = ["grafana-dashboard.json", "prometheus-alerts.yaml"].map(example);
    for (const file of files) {
      expect(used(file).size).toBeGreaterThan(5);
      expect([...used(file)].filter((name) => !known.has(name))).toEqual([]);
    }
  });

  it("has a series for each registration only when asked, and the metrics of other registries", async () => {
    await using bench = await startTestBench({ registrations });
    const register = new Registry();
    new Counter({ name: "orders_total", help: "Orders.", registers: [register] }).inc(3);
    await using health = await serveHealth(bench.runtime, { byKey: true, registers: [register] });
    const series = await scrape(health.url);
    expect(series.get("orders_total")).toBe(3);
    expect(series.get(`mooring_requests_running{type="echo_test",key="${key}"}`)).toBe(0);
  });

  it("answers nothing else, and no page of another origin", async () => {
    await using bench = await startTestBench({ registrations });
    await using health = await serveHealth(bench.runtime);
    expect((await ask(health.url, "/")).status).toBe(404);
    expect((await ask(health.url, "/readyz", { method: "POST" })).status).toBe(405);
    expect(
      (await ask(health.url, "/readyz", { headers: { origin: "http://elsewhere.example" } })).status,
    ).toBe(403);
    expect(await ask(health.url, "/livez", { method: "HEAD" })).toMatchObject({ status: 200, text: "" });
    // Two scrapes at once do not meet.
    const scrapes = await Promise.all([scrape(health.url), scrape(health.url)]);
    expect(scrapes.map((one) => one.get("mooring_live"))).toEqual([1, 1]);
  });

  it.each<[string, HealthOptions, string]>([
    ["a misspelt option", { prot: 1 } as never, 'did you mean "port"'],
    ["a port that is none", { port: 70_000 }, "port (--health) must be a whole number from 0 to 65535"],
    ["an unknown way", { readyWhen: "most" as never }, "readyWhen must be one of all, some"],
    [
      "what is no registry",
      { registers: [{} as never] },
      "registers[0] must be an object with the functions metrics",
    ],
  ])("refuses %s", async (_, options, words) => {
    await using bench = await startTestBench({ registrations });
    await expect(serveHealth(bench.runtime, options)).rejects.toThrow(words);
  });

  it("refuses what is no runtime", async () => {
    await expect(serveHealth({} as never)).rejects.toThrow("serveHealth() takes a runtime first");
  });
});

describe("the examples for Grafana and Prometheus", () => {
  it("are a dashboard of panels with queries, and rules with alerts", () => {
    const { panels } = JSON.parse(example("grafana-dashboard.json"));
    expect(panels.length).toBeGreaterThan(8);
    for (const { title, targets, gridPos } of panels)
      expect({ title, targets: targets.length > 0, wide: gridPos.x + gridPos.w <= 24 }).toEqual({
        title,
        targets: true,
        wide: true,
      });
    const { groups } = parse(example("prometheus-alerts.yaml"));
    const rules: readonly { alert: string; expr: string }[] = groups[0].rules;
    expect(rules.every(({ alert, expr }) => alert && expr)).toBe(true);
    const named = rules.flatMap(({ expr }) => expr.match(/trouble=~?"([^"]+)"/)?.[1]?.split("|") ?? []);
    const known: readonly string[] = troubles.map(({ name }) => name);
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});
