/* Value matrices and names, fetched once per kind of unit and way to show a layer; and which class a value falls in. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const KEPT = 48; // matrices and lists of names; a slider asks for a matrix at each stop
  const TRIES = 10; // while the server is busy
  const held = new Map(); // the one asked for last stands last

  function once(key, fetcher) {
    const found = held.get(key) || fetcher().catch((error) => {
      held.delete(key); // so that the next try asks again
      throw error;
    });
    held.delete(key);
    held.set(key, found);
    if (held.size > KEPT) held.delete(held.keys().next().value);
    return found;
  }

  async function get(path) {
    let answer = await fetch(path);
    for (let tries = 1; answer.status === 503 && answer.headers.has("Retry-After") && tries < TRIES; tries += 1) {
      await new Promise((again) => setTimeout(again, 1000 * Number(answer.headers.get("Retry-After"))));
      answer = await fetch(path);
    }
    if (answer.ok) return answer;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const error = new Error(`${path} answered ${answer.status}`);
    const told = [400, 503].includes(answer.status) ? page.querySelector("main p")?.textContent : "";
    throw Object.assign(error, { refusal: told });
  }

  /** Months x units: values as float32, then statuses as bytes; `n` units. */
  function matrix(brief, view) {
    const query = `days=${brief.days}${fw.variantQuery(brief, view)}`;
    const path = `/values/${brief.edition}/${view.layer}/${view.unit}.bin?${query}`;
    return once(path, async () => {
      const bytes = await (await get(path)).arrayBuffer();
      const cells = bytes.byteLength / 5;
      return {
        n: cells / brief.periods.length,
        values: new Float32Array(bytes, 0, cells),
        statuses: new Uint8Array(bytes, 4 * cells),
      };
    });
  }

  /** [[id, name], ...] by place in the matrices. */
  function names(brief, unit) {
    return once(`${brief.edition}/${unit}`, async () => (await get(`/values/${brief.edition}/${unit}.json`)).json());
  }

  /** Place of a value in a legend's classes, -1 where there is none; breaks are compared as float32, as values are. */
  function classOf(value, { kind, classes }) {
    if (Number.isNaN(value)) return -1;
    if (kind === "categories") return value; // the place itself
    if (kind === "from_zero" && value === 0) return 0;
    let found = kind === "from_zero" ? 1 : 0;
    while (found + 1 < classes.length && value >= Math.fround(classes[found + 1].lower)) found += 1;
    return found;
  }

  /** How many units fall in each class and have each status in a month. */
  function tally(held, month, legend, statuses) {
    const counts = { classes: new Array(legend.classes.length).fill(0), statuses: new Array(statuses.length).fill(0) };
    for (let at = month * held.n; at < (month + 1) * held.n; at += 1) {
      const found = classOf(held.values[at], legend);
      if (found >= 0) counts.classes[found] += 1;
      counts.statuses[held.statuses[at]] += 1;
    }
    return counts;
  }

  /** The classes that any unit is in, in any month. */
  function occurring(held, legend) {
    const found = new Set();
    for (const value of held.values) if (!Number.isNaN(value)) found.add(classOf(value, legend));
    return found;
  }

  function number(value) {
    if (value !== 0 && Math.abs(value) < 0.001) return value < 0 ? ">-0.001" : "<0.001";
    return Math.abs(value) >= 99.95
      ? value.toLocaleString("en", { maximumFractionDigits: 0 })
      : value.toLocaleString("en", { maximumSignificantDigits: 3 });
  }

  const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December"];

  function monthWords(period) {
    return `${MONTHS[Number(period.slice(5)) - 1]} ${period.slice(0, 4)}`;
  }

  Object.assign(fw, { matrix, names, classOf, tally, occurring, number, monthWords });
})();
