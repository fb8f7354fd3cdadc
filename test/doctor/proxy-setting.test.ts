import { expect, it } from "vitest";
import { checkProxySetting } from "../../src/doctor/proxy-setting.js";
import { parseEndpoint } from "../../src/protocol/endpoint.js";

const tls = parseEndpoint("wss://gateway.example");
const plain = parseEndpoint("ws://gateway.example");
const proxy = "http://u:planted-secret@p";

it.each([
  [tls, { HTTPS_PROXY: proxy, NO_PROXY: ".example" }, "though HTTPS_PROXY is set, because of NO_PROXY"],
  [tls, { STUDIO_PROXY: proxy, no_proxy: "*" }, "though STUDIO_PROXY is set, because of no_proxy"],
  [plain, { HTTPS_PROXY: proxy }, "though HTTPS_PROXY is set, which is for TLS alone"],
])("tells why no proxy is on the way to %o with %o", (endpoint, env, words) => {
  const [found, ...more] = checkProxySetting(env, endpoint);
  expect(found).toEqual({
    level: "ok",
    check: "settings",
    what: `no proxy on the way to ${endpoint.authority}, ${words}`,
  });
  expect(more).toEqual([]);
});

it("warns of a variable that cannot be used, without its password", () => {
  const env = { ALL_PROXY: "socks5://u:planted-secret@p" };
  expect(checkProxySetting(env, tls)).toEqual([
    {
      level: "warn",
      check: "settings",
      what: "ALL_PROXY names a proxy of the kind socks5://, and only HTTP proxies are known: connectors go without a proxy",
      fix: "write http://host:port, or http://user:password@host:port; a password's own @ : / % as %40 %3A %2F %25, or unset ALL_PROXY",
    },
  ]);
});

it.each([
  [{}, tls],
  [{ HTTPS_PROXY: proxy }, tls],
  [{ HTTPS_PROXY: proxy }, undefined],
  // The step that would take it tells of it.
  [{ STUDIO_PROXY: "socks5://p" }, tls],
  [{ NO_PROXY: "*" }, tls],
])("says nothing of %o", (env, endpoint) => {
  expect(checkProxySetting(env, endpoint)).toEqual([]);
});
