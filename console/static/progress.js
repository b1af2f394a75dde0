// Keeps a page up to date while something runs, and goes on when it has ended.
"use strict";

const EVERY = 1500;
const place = document.querySelector("[data-progress]");

async function look() {
  const answer = await fetch(place.dataset.progress, { credentials: "same-origin", redirect: "error" });
  const told = await answer.json();
  if (told.at === "done" || told.at === "failed") {
    window.location.replace(place.dataset.then);
    return;
  }
  const bar = place.querySelector("progress");
  bar.max = told.steps || 1;
  bar.value = told.done;
  const words = told.at === "waiting" ? "Waiting for another run" : `${told.done} of ${told.steps || "the"} steps`;
  const shown = place.querySelector("[data-words]");
  if (shown.textContent !== words) {
    shown.textContent = words;
  }
}

function again() {
  look().catch(() => {}).finally(() => window.setTimeout(again, EVERY));
}

if (place) {
  window.setTimeout(again, EVERY);
}
