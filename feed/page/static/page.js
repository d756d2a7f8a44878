// Says in words whether the page is live, and marks what came since it was opened. The page works without this file.
"use strict";

const RETRY = 3000; // milliseconds; once a stream has been open, the extension itself tries again

document.addEventListener("DOMContentLoaded", () => {
  const live = document.getElementById("live");
  const rows = () => Array.from(document.querySelectorAll("[data-item]"));
  const seen = new Set(rows().map((row) => row.id));
  let open = false; // the stream
  let fresh = true; // what stands on the page

  function say() {
    const state = live.dataset.state === "out" ? "out" : open && fresh ? "on" : "off";
    if (live.dataset.state === state) return;
    live.dataset.state = state;
    live.querySelector("span").textContent = live.dataset[state];
  }

  function refused(status) {
    if (status !== 401) return;
    live.querySelector("span").textContent = live.dataset.out;
    live.dataset.state = "out";
  }

  live.addEventListener("htmx:sse:after:connection", () => { open = true; say(); });
  live.addEventListener("htmx:sse:error", (event) => { open = false; refused(event.detail.status); say(); });
  live.addEventListener("htmx:sse:before:connection", (event) => {
    event.detail.connection.cancelled = live.dataset.state === "out";
  });

  // A request that failed is made again: the stream tells each change once, and this one was not shown.
  document.addEventListener("htmx:finally:request", (event) => {
    const status = event.detail.ctx.response?.status ?? 0;
    const again = event.target === live ? "retry" : "changed";
    refused(status);
    if (event.target !== live) fresh = status === 200;
    if (status !== 200 && live.dataset.state !== "out") setTimeout(() => htmx.trigger(live, again), RETRY);
    say();
  });

  document.addEventListener("htmx:after:swap", () => {
    for (const row of rows()) {
      if (!seen.has(row.id)) row.classList.add("fresh");
      seen.add(row.id);
    }
  });
});
