/* How things look on canvas: fills and hatches of units, marks of incidents and sites, outlines and names. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const INK = "#1f2933", SITE = "#004d40", EDGE = "rgba(90, 102, 114, 0.55)";
  const CELL = 8; // px; divides a tile's side, so that hatches meet across tiles
  const fills = new Map();

  const STROKES = {
    "/": [[[0, 8], [8, 0]], [[-1, 1], [1, -1]], [[7, 9], [9, 7]]],
    "x": [[[0, 8], [8, 0]], [[0, 0], [8, 8]]],
    "-": [[[0, 2.5], [8, 2.5]], [[0, 6.5], [8, 6.5]]],
    ".": [],
  };

  function hatched(base, hatch, ink) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = CELL;
    const context = canvas.getContext("2d");
    context.fillStyle = base;
    context.fillRect(0, 0, CELL, CELL);
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1;
    trace(context, STROKES[hatch].map((line) => line.map(([x, y]) => ({ x, y }))));
    context.stroke();
    if (hatch === ".") for (const at of [1, 5]) context.fillRect(at, at, 2, 2);
    return context.createPattern(canvas, "repeat");
  }

  /** A colour, or a colour under a hatch; `style` is one of the statuses' styles. */
  function fill(base, style) {
    const key = `${base}${style.hatch}${style.ink}`;
    if (!fills.has(key)) fills.set(key, style.hatch ? hatched(base, style.hatch[0], style.ink) : base);
    return fills.get(key);
  }

  function trace(context, lines) {
    context.beginPath();
    for (const line of lines) line.forEach((p, i) => (i ? context.lineTo(p.x, p.y) : context.moveTo(p.x, p.y)));
  }

  /** Units, each filled as `fillOf(id)` says. */
  function units(fillOf) {
    return {
      draw(context, geometry, zoom, feature) {
        context.fillStyle = fillOf(feature.props.id);
        context.strokeStyle = EDGE;
        context.lineWidth = 0.6;
        trace(context, geometry);
        context.fill();
        context.stroke();
      },
    };
  }

  function outline(colour, width) {
    return {
      draw(context, geometry) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.lineJoin = "round";
        trace(context, geometry);
        context.stroke();
      },
    };
  }

  function shape(context, x, y, radius, square) {
    context.beginPath();
    if (square) context.rect(x - radius, y - radius, 2 * radius, 2 * radius);
    else context.arc(x, y, radius, 0, 2 * Math.PI);
  }

  function edged(context, colour, hollow) {
    context.fillStyle = hollow ? "rgba(255, 255, 255, 0.75)" : colour;
    context.strokeStyle = hollow ? colour : "#ffffff";
    context.lineWidth = hollow ? 1.5 : 1;
    context.fill();
    context.stroke();
  }

  /** Incidents of a cell: a disc whose area is their number, in slices by kind. */
  function disc(context, x, y, props, kinds) {
    const radius = Math.min(3.4 * Math.sqrt(props.n), 15);
    let from = -Math.PI / 2;
    for (const kind of kinds) {
      if (!props[kind.id]) continue;
      const to = from + (2 * Math.PI * props[kind.id]) / props.n;
      context.beginPath();
      context.moveTo(x, y);
      context.arc(x, y, radius, from, to);
      context.fillStyle = kind.colour;
      context.fill();
      from = to;
    }
    if (radius < 1.5) return; // a rim would be larger than a small chance of an incident
    shape(context, x, y, radius, false);
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1;
    context.stroke();
  }

  function isAttack(kind) {
    return kind.startsWith("attack");
  }

  function incidentCounts(kinds) {
    return { draw: (context, [[at]], zoom, feature) => disc(context, at.x, at.y, feature.props, kinds) };
  }

  /** One incident: a dot where its place is exact, the outline of its 25 km circle where it is not. */
  function incidentPlaces(kinds) {
    const colours = Object.fromEntries(kinds.map((kind) => [kind.id, kind.colour]));
    return {
      draw(context, geometry, zoom, feature) {
        const { kind, support } = feature.props;
        if (support === "exact") {
          shape(context, geometry[0][0].x, geometry[0][0].y, 3.5, isAttack(kind));
          edged(context, colours[kind], false);
        } else {
          context.strokeStyle = colours[kind];
          context.lineWidth = 1.2;
          trace(context, geometry);
          context.stroke();
        }
      },
    };
  }

  function siteCounts() {
    return {
      draw(context, [[at]], zoom, feature) {
        const { n, hidden } = feature.props;
        const half = (0.4 * 256 * 2 ** zoom) / 720; // a cell is half a degree wide; squares of neighbours stay apart
        shape(context, at.x, at.y, Math.max(1.5, Math.min(2 + 0.6 * Math.sqrt(n), half, 9)), true);
        edged(context, SITE, hidden);
      },
    };
  }

  function sitePlaces() {
    return {
      draw(context, [[at]]) {
        shape(context, at.x, at.y, 2.5, true);
        edged(context, SITE, false);
      },
    };
  }

  function names(level, font, colour) {
    return {
      dataLayer: "names",
      filter: (zoom, feature) => feature.props.level === level,
      symbolizer: new protomapsL.CenteredTextSymbolizer({
        labelProps: ["name"], font, fill: colour, stroke: "rgba(255, 255, 255, 0.85)", width: 1.5, maxLineChars: 16,
      }),
    };
  }

  const paint = { fill, units, outline, disc, shape, edged, isAttack, incidentCounts, incidentPlaces, siteCounts,
    sitePlaces, names, INK, SITE };
  Object.assign(fw, { paint });
})();
