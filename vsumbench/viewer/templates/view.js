"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const main = one("main"), scroll = one("[data-scroll]"), lanes = one("[data-lanes]");
  const cursor = one("[data-cursor]"), readout = one("[data-readout]"), root = document.documentElement;
  const state = { t: null, zoom: 1, hidden: new Set(), layout: "", theme: "" };

  const clock = (seconds) => {
    const tenths = Math.round(seconds * 10), minutes = Math.floor(tenths / 600), hours = Math.floor(minutes / 60);
    const tail = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
    return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${tail}` : `${minutes}:${tail}`;
  };
  const bounded = (value, low, high) => Math.min(Math.max(value, low), high);
  const track = () => {
    const label = one(".axis .label").offsetWidth;
    return { label, width: one(".axis .track").offsetWidth };
  };
  const names = new Map(all(".lane[data-row]").map((lane) => [lane.dataset.row, lane]));

  function write() {
    const parts = [];
    if (state.t !== null) parts.push(`t=${state.t.toFixed(2)}`);
    if (state.zoom !== 1) parts.push(`zoom=${state.zoom}`);
    if (state.hidden.size) parts.push(`hide=${[...state.hidden].join(",")}`);
    if (state.layout) parts.push(`layout=${state.layout}`);
    if (state.theme) parts.push(`theme=${state.theme}`);
    history.replaceState(null, "", `#${parts.join("&")}`);
  }
  function draw() {
    main.style.setProperty("--zoom", String(state.zoom));
    main.classList.toggle("figure", state.layout === "figure");
    one("[data-layout]").setAttribute("aria-pressed", String(state.layout === "figure"));
    one(".leave").hidden = state.layout !== "figure";
    if (state.theme) root.dataset.theme = state.theme;
    for (const lane of all("[data-in]")) lane.hidden = state.hidden.has(lane.dataset.in);
    for (const box of all("[data-group]")) box.checked = !state.hidden.has(box.dataset.group);
    cursor.hidden = state.t === null;
    if (state.t === null) return;
    const { label, width } = track();
    cursor.style.left = `${label + (state.t / data.duration) * width}px`;
    const said = [];
    for (const [key, lane] of names) {
      const values = data.rows[key];
      if (!values || lane.hidden) continue;
      const at = bounded(Math.floor((state.t / data.duration) * values.length), 0, values.length - 1);
      said.push(`${one(".label", lane).firstChild.textContent} ${values[at] ?? "–"}`);
    }
    const frame = frameAt(state.t);
    readout.textContent = `${clock(state.t)} · frame ${frame} · ${said.join(" · ")}`;
  }
  function frameAt(t) {
    if (!data.begins) return Math.min(Math.floor(t * data.fps + 1e-6), data.frames - 1);
    let low = 0, high = data.begins.length;
    while (high - low > 1) { const middle = (low + high) >> 1; if (data.begins[middle] <= t + 1e-6) low = middle; else high = middle; }
    return low;
  }
  function follow() {
    const { label, width } = track(), x = (state.t / data.duration) * width;
    const seen = scroll.clientWidth - label;
    if (x < scroll.scrollLeft || x > scroll.scrollLeft + seen) scroll.scrollLeft = x - seen / 2;
  }
  function go(t) { state.t = bounded(t, 0, data.duration); draw(); follow(); write(); }
  function zoom(to) {
    state.zoom = bounded(to, 1, 32);
    draw();
    if (state.t !== null) {
      const { label, width } = track();
      scroll.scrollLeft = (state.t / data.duration) * width - (scroll.clientWidth - label) / 2;
    }
    write();
  }
  function read() {
    const found = new URLSearchParams(location.hash.slice(1));
    const t = Number.parseFloat(found.get("t")), z = Number.parseFloat(found.get("zoom"));
    state.t = Number.isFinite(t) ? bounded(t, 0, data.duration) : null;
    state.zoom = Number.isFinite(z) ? bounded(z, 1, 32) : 1;
    state.hidden = new Set((found.get("hide") || "").split(",").filter(Boolean));
    state.layout = found.get("layout") === "figure" ? "figure" : "";
    state.theme = ["dark", "light"].includes(found.get("theme")) ? found.get("theme") : "";
    draw();
    if (state.t !== null) follow();
  }

  for (const button of all("[data-zoom]")) {
    const factor = { in: 2, out: 0.5, all: 0 }[button.dataset.zoom];
    button.addEventListener("click", () => zoom(factor ? state.zoom * factor : 1));
  }
  one("[data-layout]").addEventListener("click", () => { state.layout = "figure"; draw(); write(); });
  one("[data-leave]").addEventListener("click", () => { state.layout = ""; draw(); write(); one("[data-layout]").focus(); });
  one("[data-theme-switch]").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    state.theme = dark ? "light" : "dark"; draw(); write();
  });
  for (const box of all("[data-group]")) box.addEventListener("change", () => {
    state.hidden[box.checked ? "delete" : "add"](box.dataset.group); draw(); write();
  });
  for (const link of all("[data-from]")) link.addEventListener("click", (event) => {
    event.preventDefault();
    const from = Number(link.dataset.from), to = Number(link.dataset.to);
    state.t = from;
    zoom(Math.max(1, Math.floor(data.duration / Math.max((to - from) * 6, 0.1))));
    scroll.focus();
  });
  lanes.addEventListener("click", (event) => {
    const { label, width } = track(), x = event.clientX - lanes.getBoundingClientRect().left - label;
    if (x >= 0 && !event.target.closest(".label")) go((x / width) * data.duration);
  });
  scroll.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = (data.duration / 100 / state.zoom) * (event.shiftKey ? 10 : 1), t = state.t ?? 0;
    const act = {
      ArrowRight: () => go(t + step), ArrowLeft: () => go(t - step), Home: () => go(0), End: () => go(data.duration),
      "+": () => zoom(state.zoom * 2), "=": () => zoom(state.zoom * 2), "-": () => zoom(state.zoom / 2), 0: () => zoom(1),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && state.layout) { state.layout = ""; draw(); write(); }
  });

  const light = (names, on) => {
    for (const element of all("[data-segment]")) if (names.includes(element.dataset.segment)) element.classList.toggle("lit", on);
    for (const element of all("[data-tells]")) {
      if (element.dataset.tells.split(" ").some((name) => name && names.includes(name))) element.classList.toggle("lit", on);
    }
  };
  const bind = (element, names) => {
    for (const kind of ["mouseenter", "focus"]) element.addEventListener(kind, () => light(names, true));
    for (const kind of ["mouseleave", "blur"]) element.addEventListener(kind, () => light(names, false));
  };
  const tells = (element) => element.dataset.tells.split(" ").filter(Boolean);
  const leads = all("[data-leads]"), sentences = all("[data-tells]");
  for (const element of sentences) {
    bind(element, tells(element));
    element.addEventListener("click", (event) => {
      const to = leads.find((link) => tells(element).includes(link.dataset.leads));
      event.preventDefault();
      if (to) { to.focus(); to.scrollIntoView({ block: "nearest", inline: "center" }); }
    });
  }
  for (const element of all("[data-segment]")) bind(element, [element.dataset.segment]);
  for (const link of leads) {
    bind(link, [link.dataset.leads]);
    link.addEventListener("click", (event) => {
      const to = sentences.find((sentence) => tells(sentence).includes(link.dataset.leads));
      event.preventDefault();
      if (to) { to.focus(); to.scrollIntoView({ block: "nearest" }); }
    });
  }
  addEventListener("hashchange", () => { if (!/^#(run|segment|told)-/.test(location.hash)) read(); });
  addEventListener("resize", draw);
  read();
})();
