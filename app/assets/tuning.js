/* The chooser of what is shown of a layer, the sliders of its parameters, and the mark that they are somebody's own. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const SETTLED = 200; // ms after a slider's last move before the map is computed anew
  const STEPS = 60; // of a slider that spans orders of magnitude
  const WORDS = { value: "Value", low: "Low end", high: "High end", above: "Chance" };
  let timer, pending; // settings on their way to the map; undefined once it has them

  function make(tag, properties) {
    return Object.assign(fw.element(tag), properties);
  }

  function shownLayer() {
    return fw.brief().layers[fw.view().layer];
  }

  function knobOf(key) {
    return shownLayer().live.find((knob) => knob.key === key);
  }

  /* ---- the chooser ---- */

  function option(what) {
    return fw.element("label", "dash-options-list-option", make("input", { type: "radio", name: "show", value: what }),
      WORDS[what]);
  }

  function thresholdField(layer) {
    const input = make("input", { type: "number", id: "threshold", step: "any" });
    input.setAttribute("list", "thresholds");
    const list = make("datalist", { id: "thresholds" });
    list.append(...layer.breaks.map((value) => make("option", { value })));
    const label = make("label", { htmlFor: "threshold", textContent: `Above (${layer.unit})` });
    const field = fw.element("div", "field", label, input, list);
    field.id = "threshold-field";
    return field;
  }

  function buildChooser(box, layer) {
    const group = fw.element("div", "choices segments", ...layer.shows.map(option));
    group.style.gridTemplateColumns = `repeat(${layer.shows.length === 3 ? 3 : 2}, 1fr)`;
    group.setAttribute("role", "radiogroup");
    group.setAttribute("aria-label", "What of the layer is shown");
    const parts = layer.shows.length > 1 ? [group] : [];
    if (layer.shows.includes("above")) parts.push(thresholdField(layer));
    if (layer.refusal) parts.push(fw.element("p", "hint", `${layer.refusal} So there is no chance and no slider.`));
    if (!parts.length && !layer.live.length) parts.push(fw.element("p", "hint", "This layer has no band, no chances and no parameters to try."));
    box.replaceChildren(...parts);
  }

  function fillChooser(box, view) {
    const [what] = view.show.split(":"), field = document.getElementById("threshold-field");
    for (const input of box.querySelectorAll("[name=show]")) {
      input.checked = input.value === what;
      input.parentElement.classList.toggle("selected", input.checked);
    }
    if (!field) return;
    field.hidden = what !== "above";
    const input = document.getElementById("threshold");
    if (document.activeElement !== input) input.value = fw.thresholds.get(view.layer);
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

  function wordsOf(knob, layer) {
    return knob.layer === layer.title ? knob.words : `${knob.layer}: ${knob.words.toLowerCase()}`;
  }

  function slider(knob, words) {
    const id = `knob-${knob.key}`, [least, most] = spans(knob) ? [0, STEPS] : [knob.low, knob.high];
    const input = make("input", { type: "range", id, min: least, max: most, step: spans(knob) ? 1 : step(knob) });
    input.dataset.knob = knob.key;
    const label = make("label", { htmlFor: id, title: knob.meaning, textContent: words });
    const reset = fw.element("button", "link", `Reset to ${fw.number(knob.own)}`);
    reset.dataset.reset = knob.key;
    const own = fw.element("span", "own");
    own.title = `The edition's own: ${told(knob, knob.own)}`;
    own.style.insetInlineStart = `${(100 * (positionOf(knob, knob.own) - least)) / (most - least)}%`;
    const ends = [knob.low, knob.high].map((end) => fw.element("span", "", fw.number(end)));
    const row = fw.element("div", "knob", fw.element("div", "head", label, fw.element("output")), input,
      fw.element("div", "marks", own), fw.element("div", "ends", ends[0], reset, ends[1]));
    row.dataset.of = knob.key;
    return row;
  }

  function buildSliders(box, layer) {
    const hint = "The map is computed anew with your settings. Pictures and files keep those of the edition.";
    const rows = layer.live.map((knob) => slider(knob, wordsOf(knob, layer)));
    const details = fw.element("details", "knobs", fw.element("summary", "", "Try other parameters"),
      fw.element("p", "hint", hint), ...rows);
    box.replaceChildren(...(rows.length ? [details] : []));
    box.dataset.opened = "";
  }

  function fillSliders(box, layer, settings) {
    for (const row of box.querySelectorAll(".knob")) {
      const knob = layer.live.find(({ key }) => key === row.dataset.of), input = row.querySelector("input");
      const value = settings.get(knob.key) ?? knob.own;
      if (valueAt(knob, Number(input.value)) !== value) input.value = positionOf(knob, value);
      tell(row, knob, value);
    }
    if (settings.size && !box.dataset.opened) box.firstChild.open = true;
    box.dataset.opened = settings.size ? "yes" : "";
  }

  function tell(row, knob, value) {
    row.querySelector("input").setAttribute("aria-valuetext", told(knob, value));
    row.querySelector("output").textContent = told(knob, value);
    row.classList.toggle("changed", value !== knob.own);
  }

  function set(knob, value, wait) {
    const settings = fw.split(pending ?? fw.view().settings);
    if (value === knob.own) settings.delete(knob.key);
    else settings.set(knob.key, value);
    tell(document.querySelector(`[data-of="${knob.key}"]`), knob, value);
    ask(fw.join(settings), wait);
  }

  function ask(settings, wait) {
    pending = settings;
    clearTimeout(timer);
    timer = setTimeout(() => {
      fw.chooseSettings(settings);
      arrived(fw.view());
    }, wait);
  }

  function arrived(view) {
    if (pending === view.settings) pending = undefined;
  }

  function slid(input, wait) {
    const knob = knobOf(input.dataset.knob);
    set(knob, valueAt(knob, Number(input.value)), wait);
  }

  /** Back to the edition's own parameters, for all layers. */
  function own() {
    ask("", 0);
  }

  /* ---- the mark that settings are not the edition's ---- */

  function badge(layer, settings) {
    const box = document.getElementById("settings-badge"), changed = layer.live.filter(({ key }) => settings.has(key));
    const parts = changed.map((knob) => {
      const words = wordsOf(knob, layer);
      return `${words === knob.words ? words.toLowerCase() : words} ${told(knob, settings.get(knob.key))}`;
    });
    const back = fw.element("button", "link", "Use the edition's own");
    back.dataset.act = "own";
    const mark = fw.element("strong", "", "Your settings, not the edition's: ");
    box.hidden = !parts.length;
    box.replaceChildren(...(parts.length ? [mark, `${parts.join("; ")}. `, back] : []));
  }

  /** Bring chooser, sliders, mark, and the note beside the exports in step with a view. */
  function tune(brief, view) {
    const layer = brief.layers[view.layer], settings = fw.bearing(brief, view);
    const [chooser, sliders] = ["chooser", "sliders"].map((id) => document.getElementById(id));
    if (chooser.dataset.of !== view.layer) {
      buildChooser(chooser, layer);
      buildSliders(sliders, layer);
    }
    chooser.dataset.of = view.layer;
    document.getElementById("ranking").hidden = !layer.ranked;
    fillChooser(chooser, view);
    arrived(view);
    if (pending === undefined) fillSliders(sliders, layer, settings); // a slider is not moved from under the hand
    badge(layer, settings);
    const same = !settings.size && view.show === "value";
    for (const note of document.querySelectorAll(".own-note")) note.hidden = same;
  }

  document.addEventListener("change", ({ target }) => {
    const { name, id, value } = target;
    if (name === "show") fw.choose(value === "above" ? `above:${fw.thresholds.get(fw.view().layer)}` : value);
    if (id === "threshold" && value !== "") fw.choose(`above:${Number(Number(value).toFixed(6))}`);
    if (target.dataset.knob) slid(target, 0);
  });
  document.addEventListener("input", ({ target }) => target.dataset.knob && slid(target, SETTLED));
  document.addEventListener("toggle", ({ target }) => target.id === "ranking" && fw.settle(), true);
  document.addEventListener("click", ({ target }) => {
    const knob = target.dataset?.reset && knobOf(target.dataset.reset);
    if (knob) set(knob, knob.own, 0);
  });

  Object.assign(fw, { tune, own });
})();
