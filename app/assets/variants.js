/* What of a layer is shown, and with which parameters: as it stands in links, in requests, and in words. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const ENDS = { value: "", low: "low end", high: "high end" };
  const thresholds = new Map(); // layer -> the threshold last chosen for it
  let good = { show: "value", settings: "" }; // of the map that was drawn last

  /* ---- texts, which app/variants.py reads too ---- */

  function split(text) {
    return new Map(text.split(",").filter(Boolean).map((one) => one.split(":")).map(([key, n]) => [key, Number(n)]));
  }

  function join(settings) {
    return [...settings].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}:${value}`).join(",");
  }

  function thresholdOf(show) {
    return show.startsWith("above:") ? Number(show.slice(6)) : undefined;
  }

  /** The settings that bear on a view's layer. */
  function bearing(brief, view) {
    const settings = split(view.settings), there = brief.layers[view.layer].live.filter(({ key }) => settings.has(key));
    return new Map(there.map(({ key }) => [key, settings.get(key)]));
  }

  function variantQuery(brief, view) {
    const show = view.show === "value" ? "" : `&show=${view.show}`, settings = join(bearing(brief, view));
    return `${show}${settings && `&settings=${settings}`}`;
  }

  /* ---- words ---- */

  /** The classes of what is shown. */
  function legendOf(brief, view) {
    return thresholdOf(view.show) === undefined ? brief.layers[view.layer] : brief.chances;
  }

  /** A threshold in words; the unit of a layer of kinds is the name of its number. */
  function aboveWords({ kind, unit }, threshold) {
    return `chance above ${fw.number(threshold)} ${kind === "categories" ? `(${unit})` : unit}`;
  }

  function titleOf(brief, view) {
    const layer = brief.layers[view.layer], threshold = thresholdOf(view.show);
    if (threshold !== undefined) return `${layer.title}: ${aboveWords(layer, threshold)}`;
    return view.show === "value" ? layer.title : `${layer.title}: ${ENDS[view.show]} of the 90 % band`;
  }

  function unitOf(brief, view) {
    return thresholdOf(view.show) === undefined ? brief.layers[view.layer].unit : "% of draws";
  }

  function valueWords(brief, view, value) {
    const layer = brief.layers[view.layer], threshold = thresholdOf(view.show);
    if (threshold !== undefined) return `${aboveWords(layer, threshold)}: ${fw.number(value)} %`;
    if (layer.kind === "categories") return layer.classes[value].label;
    return `${ENDS[view.show]} ${fw.number(value)} ${layer.unit}`.trim();
  }

  /* ---- what is shown of which layer ---- */

  function choose(show) {
    window.dash_clientside.set_props("show", { data: show });
  }

  function chooseSettings(settings) {
    window.dash_clientside.set_props("settings", { data: settings });
  }

  /** The wish of a link or of the chooser where the layer can, with a threshold in the layer's own unit. */
  function settleShow(brief, layer, show, before) {
    const of = brief.layers[layer], threshold = thresholdOf(show), [what] = show.split(":");
    const carried = before && before.layer !== layer && before.show === show; // from another layer, in its unit
    if (threshold !== undefined && !carried) thresholds.set(layer, threshold);
    if (!thresholds.has(layer)) thresholds.set(layer, of.breaks[Math.floor(of.breaks.length / 2)] ?? 0);
    const wish = what === "above" ? `above:${thresholds.get(layer)}` : what;
    const found = of.shows.includes(what) ? wish : "value";
    if (found !== show) choose(found);
    return found;
  }

  function kept({ show, settings }) {
    good = { show, settings };
  }

  /** Go back to what could be drawn. */
  function refused() {
    choose(good.show);
    chooseSettings(good.settings);
  }

  Object.assign(fw, { split, join, thresholdOf, bearing, variantQuery, legendOf, titleOf, unitOf, valueWords, choose,
    chooseSettings, settleShow, kept, refused, thresholds });
})();
