/** Which hosts are this computer itself: what is sent there passes no network. */

/** An IPv6 address as sockets take it. */
export const withoutBrackets = (host: string): string => host.replace(/^\[|\]$/g, "");

/** `localhost`, `127.*`, `::1` in any spelling. Takes a host with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const bare = withoutBrackets(host).toLowerCase();
  return bare === "localhost" || /^(0{0,4}:){2,7}0{0,3}1$/.test(bare) || /^127(\.\d{1,3}){3}$/.test(bare);
}
