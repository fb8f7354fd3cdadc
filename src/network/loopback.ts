/** Which hosts are this computer itself: what is sent there passes no network. */

/** `localhost`, `127.*`, `::1` in any spelling. Takes a host with or without brackets. */
export function isLoopbackHost(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  return bare === "localhost" || /^(0{0,4}:){2,7}0{0,3}1$/.test(bare) || /^127(\.\d{1,3}){3}$/.test(bare);
}
