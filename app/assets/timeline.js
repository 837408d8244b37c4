/* Moving through time: buttons, keys, playing, and the field for a month. */
(() => {
  const fw = (window.forewatch = window.forewatch || {});
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let clock;

  function goTo(month) {
    const last = fw.brief().periods.length - 1;
    window.dash_clientside.set_props("month", { value: Math.max(0, Math.min(last, month)) });
  }

  function playing() {
    return clock !== undefined;
  }

  function pause() {
    clearInterval(clock);
    clock = undefined;
    label("▶", "Play");
    fw.settle();
  }

  function label(sign, words) {
    const button = document.querySelector("[data-act=play]");
    button.textContent = sign;
    button.title = words;
    button.setAttribute("aria-label", words);
  }

  function play() {
    const last = fw.brief().periods.length - 1;
    if (fw.view().month === last) goTo(0);
    label("❚❚", "Pause");
    // Whoever asked for less motion gets a slower change of pictures.
    const step = () => (fw.view().month >= last ? pause() : goTo(fw.view().month + 1));
    clock = setInterval(step, still.matches ? 2000 : 600);
  }

  const acts = {
    first: () => goTo(0),
    previous: () => goTo(fw.view().month - 1),
    play: () => (playing() ? pause() : play()),
    next: () => goTo(fw.view().month + 1),
    last: () => goTo(fw.brief().periods.length - 1),
  };

  function act(name) {
    if (playing() && name !== "play") pause();
    acts[name]();
  }

  /** Mark under the slider the months for which the layer has any value. */
  function coverage(held) {
    const canvas = document.getElementById("coverage"), months = fw.brief().periods.length;
    [canvas.width, canvas.height] = [months, 1];
    const context = canvas.getContext("2d");
    context.fillStyle = "#1f5a95";
    for (let month = 0; month < months; month += 1) {
      const values = held.values.subarray(month * held.n, (month + 1) * held.n);
      if (values.some((value) => !Number.isNaN(value))) context.fillRect(month, 0, 1, 1);
    }
  }

  function typed(text) {
    const { periods } = fw.brief(), period = text.trim(), month = periods.indexOf(period);
    if (month >= 0) goTo(month);
    else fw.alert(`There is no month ${period} here; there are ${periods[0]} to ${periods.at(-1)}, as YYYY-MM.`);
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "period") typed(event.target.value);
  });
  document.addEventListener("keydown", (event) => {
    const years = { PageUp: 12, PageDown: -12 }[event.key];
    if (event.target.id !== "month" || !years) return;
    event.preventDefault();
    goTo(fw.view().month + years);
  });

  Object.assign(fw, { act, coverage, timeActs: Object.keys(acts), playing });
})();
