import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { generatePrivateKey, loadSigningKey, registrablePublicKey } from "../../src/credentials/keys.js";
import { Secret } from "../../src/secret.js";

const pem = (key: ReturnType<typeof generateKeyPairSync>["privateKey"], type: "pkcs8" | "sec1" | "pkcs1") =>
  key.export({ type, format: "pem" } as never).toString(); // one helper for key types that take different forms
const registrable = (text: string) => registrablePublicKey(new Secret(text));
const load = (text: string) => loadSigningKey(new Secret(text));
const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
const p384 = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).privateKey;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const smallRsa = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey;
const encrypted = p256
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "hidden" })
  .toString();
const ed25519 = generateKeyPairSync("ed25519").privateKey;

describe("key pair", () => {
  it("[A16 #41] is EC P-256 as PKCS#8, its public half an SPKI of 91 bytes", async () => {
    const privateKeyPem = (await generatePrivateKey()).reveal();
    const publicKeyPem = registrable(privateKeyPem);
    expect(privateKeyPem).toMatch(
      /^-----BEGIN PRIVATE KEY-----\n(?:[A-Za-z0-9+/=]{1,64}\n)+-----END PRIVATE KEY-----\n$/,
    );
    expect(publicKeyPem).toMatch(
      /^-----BEGIN PUBLIC KEY-----\n(?:[A-Za-z0-9+/=]{1,64}\n)+-----END PUBLIC KEY-----\n$/,
    );
    expect(createPublicKey(publicKeyPem).export({ type: "spki", format: "der" })).toHaveLength(91);
    expect(registrable(privateKeyPem)).toBe(publicKeyPem);
  });

  it("differs each time", async () => {
    const [one, other] = await Promise.all([generatePrivateKey(), generatePrivateKey()]);
    expect(one.equals(other)).toBe(false);
  });

  it("SEC1 and Windows line ends register like PKCS#8", () => {
    const expected = registrable(pem(p256, "pkcs8"));
    expect(registrable(pem(p256, "sec1"))).toBe(expected);
    expect(registrable(pem(p256, "pkcs8").replaceAll("\n", "\r\n"))).toBe(expected);
  });

  it("SEC1 as `openssl ecparam -genkey` writes it is read, its parameters before it", () => {
    const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    expect(registrable(parameters + pem(p256, "sec1"))).toBe(registrable(pem(p256, "pkcs8")));
  });

  it.each([
    ["an empty text", " \n", /is empty/],
    ["an encrypted PKCS#8", encrypted, /is encrypted/],
    ["an old encrypted PEM", "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", /is encrypted/],
    ["OpenSSH's form", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", /OpenSSH/],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n", /certificate/],
    ["P-384", pem(p384, "pkcs8"), /EC key on the curve secp384r1/],
    ["RSA 1024", pem(smallRsa, "pkcs8"), /RSA key of 1024 bits/],
    ["Ed25519", pem(ed25519, "pkcs8"), /key of type ed25519/],
  ])("[W-11] what is wrong with %s is said", (_name, text, why) => {
    expect(() => registrable(text)).toThrow(why);
  });

  it.each([
    ["RSA", pem(rsa, "pkcs8"), "KEY_UNSUPPORTED"],
    ["P-384", pem(p384, "pkcs8"), "KEY_UNSUPPORTED"],
    ["no PEM", "hello", "KEY_UNREADABLE"],
    ["an empty file", "", "KEY_UNREADABLE"],
    ["damaged base64", pem(p256, "pkcs8").replace(/[A-Z]{2}/, "@@"), "KEY_UNREADABLE"],
  ])("%s cannot be registered", (_name, text, code) => {
    expect(() => registrable(text)).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ["EC PKCS#8", pem(p256, "pkcs8"), "ES256"],
    ["EC SEC1", pem(p256, "sec1"), "ES256"],
    ["[A16 #45] RSA PKCS#8", pem(rsa, "pkcs8"), "RS256"],
    ["RSA PKCS#1", pem(rsa, "pkcs1"), "RS256"],
  ])("%s signs with %s", async (_name, text, algorithm) => {
    const loaded = await load(text);
    expect(loaded.algorithm).toBe(algorithm);
    expect(loaded.key.usages).toEqual(["sign"]);
    expect(loaded.key.extractable).toBe(false);
  });

  it.each([
    ["P-384", pem(p384, "pkcs8"), "KEY_UNSUPPORTED"],
    ["Ed25519", pem(ed25519, "pkcs8"), "KEY_UNSUPPORTED"],
    ["RSA 1024", pem(smallRsa, "pkcs8"), "KEY_UNSUPPORTED"],
    ["a public key", registrable(pem(p256, "pkcs8")), "KEY_UNREADABLE"],
    ["nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "KEY_UNREADABLE"],
  ])("%s is refused for signing", async (_name, text, code) => {
    await expect(load(text)).rejects.toMatchObject({ code });
  });

  it("an encrypted key is refused and its text is in no message", async () => {
    const error: unknown = await load(encrypted).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "KEY_UNREADABLE" });
    expect(String(error)).not.toContain(encrypted.split("\n")[1]);
  });
});
