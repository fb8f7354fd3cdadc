import { describe, expect, it } from "vitest";
import { isUnexpiredSessionToken } from "../../src/credentials/session-token.js";
import { Secret } from "../../src/secret.js";
import { sessionToken } from "./platform.js";

const now = 1_700_000_000;
const raw = (text: string) => `${Buffer.from(text).toString("base64url")}.s`;
const ending = (exp: number) => sessionToken(exp).reveal();

describe("session token", () => {
  it.each([
    ["[A16 #55] ends in an hour", ending(now + 3600), true],
    ["[A16 #56] has ended", ending(now - 1), false],
    ["[A16 #57] ends within the margin", ending(now + 29), false],
    ["[A16 #58] ends exactly at the margin", ending(now + 30), false],
    ["[A16 #59] ends one second after the margin", ending(now + 31), true],
    ["[A16 #61] has no dot", Buffer.from(JSON.stringify({ exp: now + 3600 })).toString("base64url"), false],
    ["[A16 #62] is not base64url", "!!!!.s", false],
    [
      "is padded",
      `${Buffer.from(JSON.stringify({ exp: now + 3600 })).toString("base64")}.s`.replace(".", "=."),
      false,
    ],
    ["[A16 #63] is not JSON", raw("not json"), false],
    ["[A16 #64] has no exp", raw('{"sub":"x"}'), false],
    ["has a fractional exp", raw(`{"exp":${now + 3600}.5}`), false],
    ["has a negative exp", raw('{"exp":-1}'), false],
    ["has exp as text", raw(`{"exp":"${now + 3600}"}`), false],
    ["is a JWT whose header has no exp", `${raw('{"alg":"ES256"}')}.x`, false],
    ["is JSON null", raw("null"), false],
    ["[A16 #65] is empty", "", false],
  ])("[C16 #6 #7 #8] %s", (_name, token, valid) => {
    expect(isUnexpiredSessionToken(new Secret(token), now)).toBe(valid);
  });

  it("[C16 #6] [A16 #60] without a margin counts to its last second", () => {
    expect(isUnexpiredSessionToken(sessionToken(now + 1), now, 0)).toBe(true);
    expect(isUnexpiredSessionToken(sessionToken(now), now, 0)).toBe(false);
  });
});
