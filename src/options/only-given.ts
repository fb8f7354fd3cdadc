/** An option that is `undefined`, as a spread may leave it, counts as not given: what it would stand above stays. */
export function onlyGiven<Options extends object>(options: Options): Options {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Options; // the same names with the same values
}
