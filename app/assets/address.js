/* The view in the address of the page: written as it changes, read again when going back or forward. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const SETTLED = 300; // ms; browsers allow about six changes of the address per second
  let timer, restoring = false, last;

  /** The query of a view; app/state.py reads it. */
  function query(brief, view, map) {
    const centre = map.getCenter().wrap();
    const parts = [
      ["v", "1"], ["l", view.layer], ["u", view.unit], ["t", brief.periods[view.month]],
      ["c", `${centre.lng.toFixed(5)},${centre.lat.toFixed(5)},${map.getZoom()}`],
      ["o", view.overlays.join(",")], ["s", view.selected],
      ["h", view.show === "value" ? "" : view.show], ["p", view.settings],
    ];
    return parts.filter(([, value]) => value).map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
      .join("&").replaceAll("%2C", ",").replaceAll("%3A", ":");
  }

  function write(brief, view, map, playing) {
    if (!brief.address) return; // a confidential view leaves no trace in the history
    const next = `?${query(brief, view, map)}`;
    const chosen = JSON.stringify(view);
    const replace = restoring || playing || last === undefined || last === chosen;
    if (next !== window.location.search) window.history[replace ? "replaceState" : "pushState"](null, "", next);
    last = chosen;
    restoring = false;
  }

  /** Write the address when the view has come to rest. */
  function remember(brief, view, map, playing) {
    clearTimeout(timer);
    timer = setTimeout(write, SETTLED, brief, { ...view }, map, playing);
  }

  window.addEventListener("popstate", () => {
    if (!document.getElementById("map-page")) return; // a place on a page of words has an address too
    clearTimeout(timer);
    restoring = true;
    window.dash_clientside.set_props("query", { data: window.location.search });
  });

  Object.assign(fw, { remember });
})();
