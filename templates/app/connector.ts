/** Pages, and what they ask for. */
import { appConnector } from "mooring";

const page = `<!doctype html>
<meta charset="utf-8">
<title>my-connector</title>
<h1>my-connector</h1>
<p>It is <output id="now">…</output> at the connector.</p>
<script>
  const base = location.href.replace(/[^/]*$/, "");
  fetch(base + "now").then((answer) => answer.json()).then(({ now }) => { document.getElementById("now").textContent = now; });
</script>`;

export default appConnector({
  name: "my-connector",
  type: "my-connector",
  icon: "hero-clock",
  version: "0.1.0",
  navigation: { placement: "top-level" },
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response(page, { headers: { "content-type": "text/html" } });
    if (pathname === "/now") return Response.json({ now: new Date().toISOString() });
    return undefined; // 404
  },
});
