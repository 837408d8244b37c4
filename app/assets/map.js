/* The map: vector tiles give the shapes, value matrices the colours, so that a step in time is a repaint. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const SETTLED = 250; // ms after the last change before the server is asked for the drawer
  const LOOK = { units: 1, sites: 2, incidents: 3, reference: 4 }; // order on the map, from below
  let map, group, brief, held, names, places, camera, timer, begun = false, chose = false, epoch = 0;
  // What is asked for; of `show` and `settings` see variants.js.
  let view = { layer: "", unit: "", month: 0, overlays: [], selected: "", show: "value", settings: "" };
  let seen = view; // what `held`, `names` and `places` are of; behind `view` while values are on their way
  const shown = {}; // role -> { key, layer, complete: the layer on the map until this one is }

  /* ---- layers ---- */

  function tiles(role, path, rules, labels = []) {
    return protomapsL.leafletLayer({
      url: `/tiles/${brief.edition}/${path}/{z}/{x}/{y}.mvt`, maxDataZoom: 12, attribution: "", noWrap: true,
      zIndex: LOOK[role], paintRules: rules, labelRules: labels,
    });
  }

  /** Put a layer in its role; the one on the map goes when the new one is complete, so that no two months mix. */
  function add(role, key, make) {
    const { key: last, layer: newest, complete } = shown[role] || {};
    if (last === key) return;
    if (newest && newest !== complete) newest.remove(); // overtaken before it was complete
    const layer = make();
    shown[role] = { key, layer, complete };
    if (complete) layer.setOpacity(0);
    layer.once("load", () => {
      if (!shown[role] || shown[role].layer !== layer) return;
      layer.setOpacity(1);
      if (complete) complete.remove();
      shown[role].complete = layer;
    });
    group.addLayer(layer);
  }

  function remove(role) {
    const { layer, complete } = shown[role] || {};
    if (layer) layer.remove();
    if (complete) complete.remove();
    delete shown[role];
  }

  function fillOf(id) {
    const at = seen.month * held.n + id, legend = fw.legendOf(brief, seen);
    const status = brief.statuses[held.statuses[at]], found = fw.classOf(held.values[at], legend);
    return fw.paint.fill(found < 0 ? status.colour : legend.classes[found].colour, status);
  }

  function unitLayer() {
    const { unit } = seen, selected = fw.paint.outline(fw.paint.INK, 3);
    // A layer that is about to go must not be painted with the values of another kind of unit.
    const now = () => seen.unit === unit, chosen = (zoom, f) => now() && f.props.id === places.get(seen.selected);
    return tiles("units", unit, [
      { dataLayer: "units", symbolizer: fw.paint.units(fillOf), filter: now },
      { dataLayer: "units", symbolizer: selected, filter: chosen },
    ]);
  }

  function incidentLayer() {
    return tiles("incidents", `incidents/${brief.periods[view.month]}`, [
      { dataLayer: "counts", symbolizer: fw.paint.incidentCounts(brief.kinds) },
      { dataLayer: "places", symbolizer: fw.paint.incidentPlaces(brief.kinds) },
    ]);
  }

  function siteLayer() {
    return tiles("sites", "sites", [
      { dataLayer: "counts", symbolizer: fw.paint.siteCounts() },
      { dataLayer: "places", symbolizer: fw.paint.sitePlaces() },
    ]);
  }

  function referenceLayer() {
    const of = (level) => (zoom, feature) => feature.props.level === level;
    return tiles("reference", "reference", [
      { dataLayer: "outlines", symbolizer: fw.paint.outline("rgba(62, 76, 89, 0.55)", 1), filter: of(1) },
      { dataLayer: "outlines", symbolizer: fw.paint.outline("#3e4c59", 1.6), filter: of(0) },
    ], [
      fw.paint.names(1, "600 12px system-ui, sans-serif", fw.paint.INK),
      fw.paint.names(2, "11px system-ui, sans-serif", "#3e4c59"),
    ]);
  }

  /** Land and boundaries of the world, from this server, under everything. */
  async function basemap() {
    const looks = {
      land: { pane: "land", fillColor: "#f3f1ec", fillOpacity: 1, color: "#c3cad1", weight: 0.6 },
      boundaries: { pane: "boundaries", color: "#9aa5b1", weight: 0.8 },
    };
    for (const [place, [name, look]] of Object.entries(looks).entries()) {
      map.createPane(name).style.zIndex = 150 + place;
      const answer = await fetch(`/basemap/${name}.json`);
      if (!answer.ok) continue;
      const style = (feature) => ({ ...look, dashArray: feature.properties.status === "undetermined" ? "4 3" : null });
      L.geoJSON(await answer.json(), { style, pane: name, interactive: false, renderer: L.canvas({ pane: name }) })
        .addTo(map);
    }
  }

  /* ---- drawing a view ---- */

  async function draw() {
    const mine = (epoch += 1);
    fw.tune(brief, view);
    const wanted = await Promise.all([fw.matrix(brief, view), fw.names(brief, view.unit)]);
    if (mine !== epoch) return;
    const same = shown.units && shown.units.key === view.unit;
    if (held !== wanted[0]) fw.coverage(wanted[0]);
    [[held, names], seen] = [wanted, view];
    fw.kept(view);
    if (!same) listAreas();
    setPeriod(fw.legend(brief, view, held));
    if (!begun) map.invalidateSize({ pan: false }); // the legend takes its room first
    if (!begun) look(camera);
    begun = true;
    if (same) shown.units.layer.rerenderTiles();
    else add("units", view.unit, unitLayer);
    add("reference", "reference", referenceLayer);
    if (view.overlays.includes("incidents")) add("incidents", brief.periods[view.month], incidentLayer);
    else remove("incidents");
    if (view.overlays.includes("sites")) add("sites", "sites", siteLayer);
    else remove("sites");
    reveal();
    settle();
  }

  function listAreas() {
    places = new Map(names.map(([id], place) => [id, place]));
    const options = names.map(([id, name]) => {
      const option = document.createElement("option");
      option.value = id === name ? id : `${name} (${id})`;
      return option;
    });
    document.getElementById("areas").replaceChildren(...options);
  }

  function setPeriod(counts) {
    const period = brief.periods[view.month], words = fw.monthWords(period);
    document.getElementById("period").value = period;
    document.getElementById("month").setAttribute("aria-valuetext", words);
    for (const link of document.querySelectorAll("[data-export]")) point(link, period);
    if (fw.playing()) return; // thirty announcements a minute help nobody
    const given = counts.classes.reduce((sum, n) => sum + n, 0);
    const place = places.get(view.selected);
    const chosen = place === undefined ? "" : ` ${names[place][1]}: ${valueWords(place)}.`;
    const highest = `, ${counts.classes.at(-1)} of them in the highest class`;
    const most = fw.legendOf(brief, view).kind === "categories" ? "" : highest;
    document.getElementById("live").textContent =
      `${fw.titleOf(brief, view)}, ${words}: ${given} of ${held.n} areas have a value${most}.${chosen}`;
  }

  function point(link, period) {
    const where = link.pathname.split("/")[1]; // download or picture
    const what = `${brief.edition}/${view.layer}/${view.unit}/${period}.${link.dataset.export}`;
    link.href = `/${where}/${what}?days=${brief.days}`;
  }

  /** Tell the address at once and the server when the view has come to rest. */
  function settle() {
    fw.remember(brief, view, map, fw.playing());
    clearTimeout(timer);
    if (fw.playing()) return;
    const { layer, unit, selected, show: what, settings } = view;
    const asked = { layer, unit, period: brief.periods[view.month], selected, show: what, settings,
      ranking: document.getElementById("ranking").open && brief.layers[layer].ranked };
    timer = setTimeout(() => window.dash_clientside.set_props("shown", { data: asked }), SETTLED);
  }

  /* ---- what Dash calls ---- */

  /** Called by dash-leaflet when the map is there. */
  function ready(event) {
    group = event.target;
    map = group._map;
    map.on("moveend", () => brief && fw.remember(brief, view, map, false));
    map.on("click", (at) => select(pick(at.latlng)));
    map.on("mousemove", (at) => hover(at));
    map.on("mouseout", () => hover(null));
    new ResizeObserver(resized).observe(map.getContainer());
    new ResizeObserver(reveal).observe(document.getElementById("drawer")); // on a small screen it covers the map
    basemap().catch(failed);
    if (brief) draw().catch(failed); // else the view comes after the map, and draws
  }

  function look(at) {
    const animate = false;
    if (at) map.setView([at[1], at[0]], at[2], { animate });
    else map.fitBounds(brief.bounds, { animate, paddingBottomRight: besideTheLegend(), paddingTopLeft: [12, 48] });
  }

  /** Room to leave for the legend: at its side or above it, unless the map would become smaller for it. */
  function besideTheLegend() {
    const legend = document.querySelector(".legend"), { offsetWidth: width, offsetHeight: height } = legend;
    if (getComputedStyle(legend).position !== "absolute") return [12, 12]; // on a small screen it stands below the map
    const zoom = (room) => map.getBoundsZoom(brief.bounds, false, L.point(room).add([12, 48]));
    const [side, above, none] = [[width + 16, 12], [12, height + 30], [12, 12]];
    return [side, above].find((room) => zoom(room) === zoom(none)) || none;
  }

  function show(layer, unit, month, overlays, selected, what, settings, at, told) {
    const moved = camera !== at, other = view.unit && unit !== view.unit;
    chose = begun && !moved && selected !== view.selected;
    [brief, camera] = [told, at];
    const before = view.layer ? view : undefined;
    view = { layer, unit, month: Number(month), overlays, selected, settings,
      show: fw.settleShow(brief, layer, what, before) };
    if (other && places?.has(selected)) select(""); // a P-code of one kind of unit is none of another
    if (begun && moved) look(at);
    if (map) draw().catch(failed);
    return window.dash_clientside.no_update;
  }

  function failed(error) {
    if (error.refusal) { // what was asked for, not what was drawn, is at fault
      alert(error.refusal);
      fw.refused();
      return;
    }
    console.warn(error);
    alert("The map could not be drawn in full; reload the page to try again.");
  }

  /* ---- pointing and choosing ---- */

  function resized() {
    map.invalidateSize({ pan: false });
    reveal();
  }

  /** Move the map where the area that was just chosen is out of sight or under something; a link's view stays. */
  function reveal() {
    const place = chose ? places.get(view.selected) : undefined;
    if (place === undefined) return;
    const at = map.latLngToContainerPoint([names[place][3], names[place][2]]), size = map.getSize();
    const box = map.getContainer().getBoundingClientRect();
    const on = document.elementFromPoint(box.x + at.x, box.y + at.y);
    const inside = at.x > 20 && at.y > 20 && at.x < size.x - 20 && at.y < size.y - 20;
    if (inside && on && map.getContainer().contains(on)) return;
    map.panBy(at.subtract([size.x / 3, size.y / 3]), { animate: false });
  }

  function under(role, latlng, reach) {
    if (!shown[role]) return [];
    const found = shown[role].layer.queryTileFeaturesDebug(latlng.lng, latlng.lat, reach);
    return [...found.values()].flat().map(({ feature }) => feature.props);
  }

  function pick(latlng) {
    const [found] = under("units", latlng, 0);
    return found && names[found.id] ? names[found.id][0] : "";
  }

  function hover(at) {
    const tip = document.getElementById("tooltip");
    const id = at && held ? pick(at.latlng) : "";
    tip.hidden = !id;
    if (!id) return;
    const lines = [valueWords(places.get(id)), ...under("incidents", at.latlng, 10).map(incidentWords),
      ...under("sites", at.latlng, 10).map(siteWords)];
    const title = fw.element("strong", "", names[places.get(id)][1]);
    tip.replaceChildren(title, ...lines.slice(0, 4).map((words) => fw.element("span", "", words)));
    tip.style.left = `${Math.min(at.containerPoint.x + 14, map.getSize().x - 240)}px`;
    tip.style.top = `${Math.max(at.containerPoint.y - 12, 4)}px`;
  }

  function valueWords(place) {
    const at = seen.month * held.n + place;
    const value = held.values[at], status = brief.statuses[held.statuses[at]];
    if (Number.isNaN(value)) return status.id === "ok" ? "No value" : status.label;
    return `${fw.valueWords(brief, seen, value)}${status.id === "ok" ? "" : `, ${status.id}`}`;
  }

  function incidentWords(props) {
    const kinds = brief.kinds.filter(({ id }) => props[id]).map(({ id, label }) => `${label} ${fw.number(props[id])}`);
    if (props.n) return `${fw.number(props.n)} incidents in this grid cell: ${kinds.join(", ")}`;
    const { label } = brief.kinds.find(({ id }) => id === props.kind);
    return `${label}, ${props.deaths} deaths, ${props.support === "exact" ? "exact place" : "somewhere within 25 km"}`;
  }

  function siteWords(props) {
    if (props.kind) return `protected site: ${props.kind.replace("_", " ")}`;
    if (!props.n) return "protected sites in this grid cell: too few to tell";
    return `${props.n} protected sites in this grid cell${props.hidden ? ", and some not told" : ""}`;
  }

  function select(id) {
    window.dash_clientside.set_props("selected", { data: id });
  }

  function find(text) {
    const found = names.find(([id, name]) => text === id || text === `${name} (${id})`)
      || names.find(([, name]) => name.toLowerCase() === text.trim().toLowerCase());
    if (found) select(found[0]);
    else if (text) alert(`There is no area called ${text} here.`);
  }

  function alert(words) {
    const box = document.getElementById("alert");
    box.textContent = words;
    setTimeout(() => box.textContent === words && box.replaceChildren(), 8000);
  }

  Object.assign(fw, { add: ready, settle, select, find, alert, brief: () => brief, view: () => view });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, { forewatch: { show } });
})();
