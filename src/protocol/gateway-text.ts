/**
 * Text from a gateway, made safe for journals and logs. A gateway may echo a token in an error text, so only
 * plain words, small numbers, measures, the protocol's own vocabulary and settings of the embedded gateway pass.
 */

const vocabulary: ReadonlySet<string> = new Set([
  "auth_invalid",
  "jwt_invalid",
  "jwt_decode",
  "invalid_token",
  "token_expired",
  "invalid_client",
  "tenant_id",
  "connector_type",
  "instance_id",
  "tool_schemas",
  "capability_id",
  "allowedHosts",
  "--allowed-hosts",
]);

/** Lower-case words, perhaps with a capital first, or short acronyms: no digits, no inner capitals. */
const plainWord = /^(?:[A-Za-z]?[a-z]{0,14}|[A-Z]{2,6}|\d{1,4})$/;
/** Longer numbers could be codes of one use; before a unit they are measures. */
const measure = /^\d{5,8}$/;
const unit = /^(?:ms|s|seconds|minutes|bytes)$/;
const punctuation = /^[("'[]+|[)"'\],.:;!?]+$/g;

const maxLength = 200;

const bareOf = (word: string): string => word.replace(punctuation, "");

const isSafe = (word: string, next: string): boolean => {
  const bare = bareOf(word);
  const isPlain = bare === "" || plainWord.test(bare) || vocabulary.has(bare);
  return isPlain || (measure.test(word) && unit.test(bareOf(next)));
};

/** Words that could be secret become `[redacted]`; runs of them once. At most 200 characters. */
export function safeText(text: string): string {
  const words: string[] = [];
  const looked = text.slice(0, 4 * maxLength).split(/\s+/);
  // What was cut may be the harmless beginning of something that is not.
  if (text.length > 4 * maxLength) looked.pop();
  for (const [at, word] of looked.entries()) {
    if (word === "") continue;
    if (isSafe(word, looked[at + 1] ?? "")) words.push(word);
    else if (words.at(-1) !== "[redacted]") words.push("[redacted]");
  }
  const safe = words.join(" ");
  return safe.length > maxLength ? `${safe.slice(0, maxLength - 1)}…` : safe;
}
