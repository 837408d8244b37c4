/* The legend, always there: what the colours, hatches and marks mean, and how many areas look like each. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const WIDTH = 26, HEIGHT = 16, MOST = 9; // px, px, classes

  function element(tag, className, ...children) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    made.append(...children); // text becomes text nodes, never markup
    return made;
  }

  function swatch(draw) {
    const canvas = element("canvas", "swatch");
    const scale = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [WIDTH * scale, HEIGHT * scale];
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    draw(context);
    return canvas;
  }

  function filled(fill) {
    return swatch((context) => {
      context.fillStyle = fill;
      context.fillRect(0, 0, WIDTH, HEIGHT);
      context.strokeStyle = "rgba(90, 102, 114, 0.55)";
      context.strokeRect(0.5, 0.5, WIDTH - 1, HEIGHT - 1);
    });
  }

  function mark(draw) {
    return swatch((context) => draw(context, WIDTH / 2, HEIGHT / 2));
  }

  function row(sign, words, count) {
    const cells = [element("td", "", sign), element("th", "", words), element("td", "number", count)];
    cells[1].scope = "row";
    return element("tr", "", ...cells);
  }

  /** Of a long legend, those classes that no area has in any month are left out, so that it stays the same in time. */
  function classRows(legend, held, counts) {
    const there = legend.classes.length > MOST ? fw.occurring(held, legend) : undefined;
    const rows = legend.classes.flatMap((one, place) => (there && !there.has(place) ? []
      : [row(filled(one.colour), one.label, counts.classes[place].toLocaleString("en"))]));
    return rows.reverse(); // the highest first, as on the briefing map
  }

  /** Statuses that occur are explained; those that do not keep their sign and name, to be told apart when they do. */
  function statusRows(brief, counts) {
    return brief.statuses.flatMap((status, place) => {
      const count = counts.statuses[place], words = count ? status.label : status.label.split(":")[0];
      const sign = filled(fw.paint.fill(status.colour, status));
      const line = row(sign, words, count.toLocaleString("en"));
      line.classList.toggle("absent", !count);
      return status.id === "ok" ? [] : [line];
    });
  }

  function incidentRows(brief) {
    const { disc, shape, edged, isAttack } = fw.paint;
    const kinds = brief.kinds.map((kind) =>
      row(mark((context, x, y) => {
        shape(context, x, y, 4.5, isAttack(kind.id) && brief.tier !== "public");
        edged(context, kind.colour, false);
      }), kind.label, ""));
    const ring = (context, x, y) => {
      context.strokeStyle = fw.paint.INK;
      shape(context, x, y, 6, false);
      context.stroke();
    };
    const size = (context, x, y) =>
      [[x - 7, 1], [x + 5, 4]].forEach(([at, n]) => disc(context, at, y, { n, one_sided: n }, brief.kinds));
    return brief.tier === "public"
      ? [...kinds, row(mark(size), "area of a disc: incidents in a grid cell (1, 4)", "")]
      : [...kinds, row(mark(ring), "place known to 25 km; coarser ones are not drawn", "")];
  }

  function siteRows(brief) {
    const square = (hollow) => mark((context, x, y) => {
      fw.paint.shape(context, x, y, 5, true);
      fw.paint.edged(context, fw.paint.SITE, hollow);
    });
    if (brief.tier === "confidential") return [row(square(false), "protected site", "")];
    const some = row(square(false), "protected sites in a grid cell", "");
    return brief.tier === "public" ? [some, row(square(true), "some of them not told: too few", "")] : [some];
  }

  /** How old the layer's own sources are, the late ones so that nobody misses them. */
  function ages(layer) {
    const lines = layer.ages.map((age) => element("li", `age ${age.state}`, element("strong", "", age.title),
      element("span", "", age.words)));
    return element("ul", "ages", ...lines);
  }

  /** Say over the map why the layer on it is stale. */
  function warn(layer) {
    const box = document.getElementById("stale");
    if (box.textContent !== layer.stale) box.textContent = layer.stale;
  }

  function table(caption, rows) {
    return element("table", "", element("caption", "", caption), element("tbody", "", ...rows));
  }

  /** Fill the legend for a view. */
  function legend(brief, view, held) {
    const layer = brief.layers[view.layer], classes = fw.legendOf(brief, view);
    const counts = fw.tally(held, view.month, classes, brief.statuses);
    const period = fw.monthWords(brief.periods[view.month]);
    const parts = [
      element("p", "what", classes.kind === "categories" ? period : `${fw.unitOf(brief, view)}, ${period}`),
      table("areas", [...classRows(classes, held, counts), ...statusRows(brief, counts)]),
    ];
    if (view.overlays.includes("incidents")) parts.push(table("Incidents of the month", incidentRows(brief)));
    if (view.overlays.includes("sites")) parts.push(table("Protected sites", siteRows(brief)));
    parts.push(ages(layer));
    warn(layer);
    document.getElementById("legend-title").textContent = fw.titleOf(brief, view);
    document.getElementById("legend").replaceChildren(...parts);
    return counts;
  }

  Object.assign(fw, { legend, element });
})();
