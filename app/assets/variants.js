/* What of a layer is shown and with which parameters: the chooser, the sliders, and the mark that they are not ours. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const SETTLED = 200; // ms after a slider's last move before the map is computed anew
  const STEPS = 60; // of a slider that spans orders of magnitude
  const WORDS = { value: "Value", low: "Low end", high: "High end", above: "Chance" };
  const thresholds = new Map(); // layer -> the threshold last chosen for it
  let timer, good = { show: "value", settings: "" }; // of the map that was drawn last

  /* ---- the texts of a link, which app/variants.py reads too ---- */

  function split(text) {
    return new Map(text.split(",").filter(Boolean).map((one) => one.split(":")).map(([key, n]) => [key, Number(n)]));
  }

  function join(settings) {
    return [...settings].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}:${value}`).join(",");
  }

  function thresholdOf(show) {
    return show.startsWith("above:") ? Number(show.slice(6)) : undefined;
  }

  /** What can be shown of a layer where something is asked for that it may not have. */
  function possible(layer, id, show) {
    const what = show.split(":")[0];
    if (!layer.shows.includes(what)) return "value";
    return what === "above" ? `above:${thresholds.get(id)}` : what;
  }

  /** The settings that bear on a view's layer, and are not the edition's own. */
  function bearing(brief, view) {
    const settings = split(view.settings);
    return new Map(brief.layers[view.layer].live.flatMap(({ key }) => (settings.has(key) ? [[key, settings.get(key)]] : [])));
  }

  function query(brief, view) {
    const show = view.show === "value" ? "" : `&show=${view.show}`, settings = join(bearing(brief, view));
    return `${show}${settings && `&settings=${settings}`}`;
  }

  /** The classes of what is shown. */
  function legendOf(brief, view) {
    return thresholdOf(view.show) === undefined ? brief.layers[view.layer] : brief.chances;
  }

  function titleOf(brief, view) {
    const { title, unit } = brief.layers[view.layer], threshold = thresholdOf(view.show);
    if (threshold !== undefined) return `${title}: chance above ${fw.number(threshold)} ${unit}`;
    return { value: title, low: `${title}: low end of the 90 % band`, high: `${title}: high end of the 90 % band` }[view.show];
  }

  function unitOf(brief, view) {
    return thresholdOf(view.show) === undefined ? brief.layers[view.layer].unit : "% of draws";
  }

  function valueWords(brief, view, value) {
    const { kind, classes, unit } = brief.layers[view.layer], threshold = thresholdOf(view.show);
    if (threshold !== undefined) return `chance above ${fw.number(threshold)} ${unit}: ${fw.number(value)} %`;
    if (kind === "categories") return classes[value].label;
    return `${{ value: "", low: "low end ", high: "high end " }[view.show]}${fw.number(value)} ${unit}`;
  }

  /* ---- the chooser ---- */

  function choose(show) {
    window.dash_clientside.set_props("show", { data: show });
  }

  function option(what) {
    const input = fw.element("input");
    Object.assign(input, { type: "radio", name: "show", value: what });
    return fw.element("label", "dash-options-list-option", input, WORDS[what]);
  }

  function thresholdField(layer) {
    const input = fw.element("input"), list = fw.element("datalist");
    Object.assign(input, { type: "number", id: "threshold", step: "any" });
    input.setAttribute("list", "thresholds");
    list.id = "thresholds";
    list.append(...layer.breaks.map((value) => Object.assign(fw.element("option"), { value })));
    const label = fw.element("label", "", "Above, in ", layer.unit);
    label.htmlFor = "threshold";
    const field = fw.element("div", "field", label, input, list);
    field.id = "threshold-field";
    return field;
  }

  function buildChooser(box, layer) {
    const group = fw.element("div", "choices segments", ...layer.shows.map(option));
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", "What of the layer is shown");
    const parts = layer.shows.length > 1 ? [group] : [];
    if (layer.shows.includes("above")) parts.push(thresholdField(layer));
    if (layer.refusal) parts.push(fw.element("p", "hint", `${layer.refusal} So there is no chance and no slider.`));
    box.replaceChildren(...parts);
  }

  function fillChooser(box, view) {
    const what = view.show.split(":")[0], field = document.getElementById("threshold-field");
    for (const input of box.querySelectorAll("[name=show]")) {
      input.checked = input.value === what;
      input.parentElement.classList.toggle("selected", input.checked);
    }
    if (!field) return;
    field.hidden = what !== "above";
    const input = document.getElementById("threshold");
    if (document.activeElement !== input) input.value = thresholds.get(view.layer);
  }

  /* ---- the sliders ---- */

  const spans = ({ low, high }) => low > 0 && high / low >= 100; // orders of magnitude: its slider is logarithmic

  function step({ low, high }) {
    return high - low > 20 ? 1 : high - low > 2 ? 0.1 : 0.05;
  }

  function valueAt(knob, position) {
    if (!spans(knob)) return Number(position.toFixed(6));
    const value = knob.low * (knob.high / knob.low) ** (position / STEPS);
    return Math.min(knob.high, Math.max(knob.low, Number(value.toPrecision(2))));
  }

  function positionOf(knob, value) {
    return spans(knob) ? (STEPS * Math.log(value / knob.low)) / Math.log(knob.high / knob.low) : value;
  }

  function told(knob, value) {
    return `${fw.number(value)}${knob.unit && ` ${knob.unit}`}`;
  }

  function slider(knob, foreign) {
    const words = foreign ? `${knob.layer}: ${knob.words.toLowerCase()}` : knob.words;
    const input = fw.element("input"), label = fw.element("label", "", words), mark = fw.element("span", "own");
    const id = `knob-${knob.key}`;
    const [least, most] = spans(knob) ? [0, STEPS] : [knob.low, knob.high];
    Object.assign(input, { type: "range", id, min: least, max: most, step: spans(knob) ? 1 : step(knob) });
    Object.assign(input.dataset, { knob: knob.key });
    Object.assign(label, { htmlFor: id, title: knob.meaning });
    mark.style.insetInlineStart = `${(100 * (positionOf(knob, knob.own) - least)) / (most - least)}%`;
    mark.title = `The edition's own: ${told(knob, knob.own)}`;
    const reset = fw.element("button", "link", `Reset to ${told(knob, knob.own)}`);
    reset.dataset.reset = knob.key;
    const marks = fw.element("div", "marks", mark);
    const head = fw.element("div", "head", label, fw.element("output"));
    const ends = fw.element("div", "ends", fw.element("span", "", told(knob, knob.low)), reset,
      fw.element("span", "", told(knob, knob.high)));
    const row = fw.element("div", "knob", head, input, marks, ends);
    row.dataset.of = knob.key;
    return row;
  }

  function buildSliders(box, layer) {
    if (!layer.live.length) return box.replaceChildren();
    const rows = layer.live.map((knob) => slider(knob, knob.layer !== layer.title));
    const hint = "The map is computed anew with your settings. Pictures and files keep those of the edition.";
    const details = fw.element("details", "knobs", fw.element("summary", "", "Try other parameters"),
      fw.element("p", "hint", hint), ...rows);
    return box.replaceChildren(details);
  }

  function fillSliders(box, layer, settings) {
    for (const row of box.querySelectorAll(".knob")) {
      const knob = layer.live.find(({ key }) => key === row.dataset.of);
      const value = settings.get(knob.key) ?? knob.own, input = row.querySelector("input");
      if (document.activeElement !== input || valueAt(knob, Number(input.value)) !== value) input.value = positionOf(knob, value);
      input.setAttribute("aria-valuetext", told(knob, value));
      row.querySelector("output").textContent = told(knob, value);
      row.classList.toggle("changed", value !== knob.own);
    }
    if (settings.size && box.firstChild && !box.dataset.opened) box.firstChild.open = true;
    box.dataset.opened = settings.size ? "yes" : "";
  }

  function set(key, value, wait) {
    const view = fw.view(), settings = split(view.settings);
    const knob = fw.brief().layers[view.layer].live.find((one) => one.key === key);
    const row = document.querySelector(`[data-of="${key}"]`);
    row.querySelector("output").textContent = told(knob, value);
    if (value === knob.own) settings.delete(key);
    else settings.set(key, value);
    clearTimeout(timer);
    timer = setTimeout(() => window.dash_clientside.set_props("settings", { data: join(settings) }), wait);
  }

  function slid(input, wait) {
    const knob = fw.brief().layers[fw.view().layer].live.find(({ key }) => key === input.dataset.knob);
    set(knob.key, valueAt(knob, Number(input.value)), wait);
  }

  /** Back to the edition's own parameters, for all layers. */
  function own() {
    clearTimeout(timer);
    window.dash_clientside.set_props("settings", { data: "" });
  }

  /* ---- the mark that settings are not the edition's ---- */

  function badge(brief, view, settings) {
    const box = document.getElementById("settings-badge"), { live } = brief.layers[view.layer];
    const parts = live.filter(({ key }) => settings.has(key)).map((knob) =>
      `${knob.layer === brief.layers[view.layer].title ? "" : `${knob.layer}: `}${knob.words.toLowerCase()} ${told(knob, settings.get(knob.key))}`);
    box.hidden = !parts.length;
    if (!parts.length) return box.replaceChildren();
    const back = fw.element("button", "link", "Use the edition's own");
    back.dataset.act = "own";
    return box.replaceChildren(fw.element("strong", "", "Your settings, not the edition's: "), `${parts.join("; ")}. `, back);
  }

  /** Say beside the exports that they are not of what is on the map. */
  function notes(view, settings) {
    const differs = settings.size || view.show !== "value";
    for (const note of document.querySelectorAll(".own-note")) note.hidden = !differs;
  }

  /** Bring chooser, sliders and mark in step with a view. */
  function variants(brief, view) {
    const layer = brief.layers[view.layer], settings = bearing(brief, view);
    const [chooser, sliders] = ["chooser", "sliders"].map((id) => document.getElementById(id));
    if (chooser.dataset.of !== view.layer) buildChooser(chooser, layer);
    if (sliders.dataset.of !== view.layer) {
      buildSliders(sliders, layer);
      sliders.dataset.opened = "";
    }
    [chooser, sliders].forEach((box) => Object.assign(box.dataset, { of: view.layer }));
    document.getElementById("ranking").hidden = !layer.ranked;
    fillChooser(chooser, view);
    fillSliders(sliders, layer, settings);
    badge(brief, view, settings);
    notes(view, settings);
  }

  /** What of a view's layer is shown: the wish of the link where the layer can, with a threshold in its own unit. */
  function settleShow(brief, layer, show, before) {
    const of = brief.layers[layer], threshold = thresholdOf(show);
    const wished = threshold !== undefined && !(before && before.layer !== layer && before.show === show);
    if (wished) thresholds.set(layer, threshold);
    if (!thresholds.has(layer)) thresholds.set(layer, of.breaks[Math.floor(of.breaks.length / 2)] ?? 0);
    const found = possible(of, layer, show);
    if (found !== show) choose(found);
    return found;
  }

  /** Remember the settings of a map that could be drawn, or go back to the last of them. */
  function kept({ show, settings }) {
    good = { show, settings };
  }

  function refused() {
    choose(good.show);
    window.dash_clientside.set_props("settings", { data: good.settings });
  }

  document.addEventListener("change", ({ target }) => {
    if (target.name === "show") choose(target.value === "above" ? `above:${thresholds.get(fw.view().layer)}` : target.value);
    if (target.id === "threshold" && target.value !== "" && target.validity.valid) choose(`above:${Number(target.value)}`);
    if (target.dataset.knob) slid(target, 0);
  });
  document.addEventListener("toggle", ({ target }) => target.id === "ranking" && fw.settle(), true);
  document.addEventListener("input", ({ target }) => target.dataset.knob && slid(target, SETTLED));
  document.addEventListener("click", ({ target }) => {
    const key = target.dataset?.reset;
    if (key) set(key, fw.brief().layers[fw.view().layer].live.find((knob) => knob.key === key).own, 0);
  });

  Object.assign(fw, { variants, legendOf, titleOf, unitOf, valueWords, variantQuery: query, settleShow, own, kept, refused });
})();
