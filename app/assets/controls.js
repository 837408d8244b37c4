/* Buttons that are not Dash's: the rail, the drawer, links, and the search for an area. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const ASK = 60_000; // ms between two looks whether a newer edition has been published

  function toggleRail() {
    const open = document.getElementById("map-page").classList.toggle("rail-toggled");
    const button = document.querySelector("[data-act=rail]");
    button.setAttribute("aria-expanded", String(getComputedStyle(document.getElementById("rail")).display !== "none"));
    if (open) document.getElementById("rail").scrollTop = 0;
  }

  async function copyLink() {
    // A browser lets a page copy only when it is on this machine or comes by https.
    const copy = navigator.clipboard?.writeText(window.location.href) ?? Promise.reject(new Error());
    const words = await copy.then(() => "The link to this view has been copied.",
      () => "The browser did not allow it; copy the address of the page instead.");
    fw.alert(words);
  }

  const acts = { rail: toggleRail, copy: copyLink, close: () => fw.select(""), own: () => fw.own() };

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-act], [data-select]");
    if (!target) return;
    if (target.dataset.select) fw.select(target.dataset.select);
    else if (fw.timeActs.includes(target.dataset.act)) fw.act(target.dataset.act);
    else acts[target.dataset.act]();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "area") fw.find(event.target.value);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && fw.view().selected) fw.select("");
  });

  setInterval(async () => {
    const answer = fw.brief() && !document.hidden ? await fetch("/health").catch(() => null) : null;
    const told = answer && answer.ok ? await answer.json() : null;
    if (!told) return;
    if (told.edition !== fw.brief().edition) fw.alert("Newer data have been published; reload the page.");
    else if (told.days !== fw.brief().days) fw.alert("A source has grown older; reload the page.");
  }, ASK);
})();
