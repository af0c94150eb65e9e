// What live pages need besides htmx: to say whether they still hear from Perch. And pages one after the other by key. And to copy what is shown once.
"use strict";
(() => {
  const note = () => document.getElementById("heard");
  let lost = false;
  const say = (text, isLost) => {
    const place = note();
    if (!place || (isLost && lost)) return;
    lost = isLost;
    place.classList.toggle("lost", isLost);
    if (place.textContent !== text) place.textContent = text;
  };
  const failed = () => {
    const place = note();
    if (place) say(place.dataset.lost, true);
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", failed);
  document.addEventListener("htmx:afterOnLoad", () => {
    // The word stays the same, so that nothing is read out each time; the moment is in the title.
    const place = note();
    if (!place) return;
    const live = document.querySelector("[hx-trigger]");
    say(live ? "Live" : "Up to date", false);
    place.title = "Last heard of at " + new Date().toLocaleTimeString();
  });
})();
(() => {
  for (const button of document.querySelectorAll("[data-copies]")) {
    const place = document.getElementById(button.dataset.copies);
    if (!navigator.clipboard) continue; // not a secure context: a click on the text selects it
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(place.textContent);
      button.textContent = button.dataset.done;
    });
  }
})();
(() => {
  const leads = { ArrowLeft: "prev", ArrowRight: "next" };
  const hint = document.querySelector("[data-by-key]");
  if (!hint) return;
  hint.hidden = false;
  document.addEventListener("keydown", (event) => {
    // Whoever writes, or moves within something wide, means that.
    const busy = event.target.closest("input, select, textarea, pre, [role=region]");
    if (busy || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = leads[event.key] && document.querySelector(`a[rel=${leads[event.key]}]`);
    if (link) link.click();
  });
})();
