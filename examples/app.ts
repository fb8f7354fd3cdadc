/** Pages, an API and a WebSocket. Run with: npx mooring run examples/app.ts */
import { appConnector } from "mooring";

const page = `<!doctype html>
<meta charset="utf-8">
<title>Clock</title>
<h1>Clock</h1>
<p>It is <output id="now">…</output> at the connector.</p>
<form><input name="words" value="hello" aria-label="Words"> <button disabled>Echo</button></form>
<p>The WebSocket says: <output id="echo"></output></p>
<script>
  const base = location.href.replace(/[^/]*$/, "");
  fetch(base + "now").then((answer) => answer.json()).then(({ now }) => { document.getElementById("now").textContent = now; });
  const socket = new WebSocket(base.replace(/^http/, "ws") + "echo");
  socket.onopen = () => { document.querySelector("button").disabled = false; };
  socket.onmessage = ({ data }) => { document.getElementById("echo").textContent = data; };
  document.forms[0].onsubmit = (event) => { event.preventDefault(); socket.send(event.target.words.value); };
</script>`;

export default appConnector({
  name: "Clock",
  icon: "hero-clock",
  description: "The time at the connector",
  navigation: { placement: "top-level" },
  fetch: (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/") return new Response(page, { headers: { "content-type": "text/html" } });
    if (pathname === "/now") return Response.json({ now: new Date().toISOString() });
    return undefined; // 404
  },
  webSocket: ({ path }, socket) => {
    if (path !== "/echo") throw new Error("There is no such WebSocket.");
    return { frame: (frame) => (frame.type === "text" ? socket.send(frame) : undefined) };
  },
});
