// Says in words whether the page is live, and marks what came since it was opened. The page works without this file.
"use strict";

const RETRY = 3000; // milliseconds; once a stream has been open, the extension itself tries again

document.addEventListener("DOMContentLoaded", () => {
  const live = document.getElementById("live");
  const rows = () => Array.from(document.querySelectorAll("[data-item]"));
  const seen = new Set(rows().map((row) => row.id));

  function say(state) {
    if (live.dataset.state === "out" || live.dataset.state === state) return;
    live.dataset.state = state;
    live.querySelector("span").textContent = live.dataset[state];
  }

  function failed(status) {
    say(status === 401 ? "out" : "off");
  }

  live.addEventListener("htmx:sse:after:connection", () => say("on"));
  live.addEventListener("htmx:sse:error", (event) => failed(event.detail.status));
  live.addEventListener("htmx:sse:before:connection", (event) => {
    event.detail.connection.cancelled = live.dataset.state === "out";
  });
  document.addEventListener("htmx:response:error", (event) => failed(event.detail.ctx.response.status));

  live.addEventListener("htmx:finally:request", () => {
    if (live.dataset.state === "on" || live.dataset.state === "out") return;
    say("off");
    setTimeout(() => htmx.trigger(live, "retry"), RETRY);
  });

  document.addEventListener("htmx:after:swap", () => {
    for (const row of rows()) {
      if (!seen.has(row.id)) row.classList.add("fresh");
      seen.add(row.id);
    }
  });
});
