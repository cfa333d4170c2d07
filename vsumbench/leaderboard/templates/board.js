// A board: sort, filter, columns, pinned rows, the view of one cell, and all of it in the address.
// The table has several bodies and heading rows, so it is rearranged here rather than by a library for flat lists.
(() => {
  "use strict";
  const { element, copy, read } = globalThis.vsumbench;
  const table = document.getElementById("board");
  const data = read("data");
  const byId = (id) => document.getElementById(id);
  const width = data.columns.length + data.extras.length;
  const MODES = { printed: 0, measured: 1, delta: 2 };

  const rows = [...table.querySelectorAll("tr[data-row]")].map((tr, i) => {
    const body = tr.parentElement;
    return {
      i, tr, body, key: tr.dataset.row, group: [...table.tBodies].indexOf(body) + 1,
      reference: tr.classList.contains("reference"),
      text: [tr.cells[0].textContent, body.querySelector("tr.group")?.textContent ?? ""].join(" ").toLowerCase(),
      levels: new Set([...tr.querySelectorAll(".chip.ev")].map((chip) => chip.textContent)),
      measured: data.rows[i].cells.some((cell) => cell && cell.s[1] !== null),
      ...data.rows[i],
    };
  });
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const columns = [...data.columns, ...data.extras.map((extra) => ({ ...extra, extra: true }))];
  const printed = data.columns.map((_, c) => rows.some((row) => row.cells[c]?.s[0] != null));
  const pinnedBody = element("tbody", { class: "pinned" });
  const sortedBody = element("tbody", { class: "sorted" });
  const bodies = [...table.tBodies];
  bodies[0]?.before(pinnedBody);
  table.append(sortedBody);

  const START = () => ({ q: "", ref: false, meas: false, ev: "", group: "", mode: "all", sort: "", dir: "", hide: [], pin: [], cell: "", compare: false });
  let state = START();

  // ---- The address -------------------------------------------------------------------------------------
  function written(one = state) {
    const found = new URLSearchParams();
    if (one.sort !== "") found.set("sort", `${one.sort}:${one.dir}`);
    for (const name of ["q", "ev", "group"]) if (one[name]) found.set(name, one[name]);
    for (const name of ["ref", "meas", "compare"]) if (one[name]) found.set(name, "1");
    if (one.mode !== "all") found.set("mode", one.mode);
    for (const name of ["hide", "pin"]) for (const each of one[name]) found.append(name, each);
    if (one.cell) found.set("cell", one.cell);
    return found.toString();
  }

  function parsed(hash) {
    const found = new URLSearchParams(hash.replace(/^#/, ""));
    const one = START();
    const [, sort, dir] = /^(.*):(asc|desc)$/s.exec(found.get("sort") ?? "") ?? [];
    if (sort !== undefined && (sort === "-name" || columns.some((column) => column.id === sort))) Object.assign(one, { sort, dir });
    one.q = found.get("q") ?? "";
    for (const name of ["ref", "meas", "compare"]) one[name] = found.get(name) === "1" && (name === "compare" || byId(name) !== null);
    for (const name of ["ev", "group"]) {
      const value = found.get(name) ?? "";
      if ([...(byId(name)?.options ?? [])].some((option) => option.value === value)) one[name] = value;
    }
    const mode = found.get("mode");
    if (byId("mode") && mode in MODES) one.mode = mode;
    one.hide = found.getAll("hide").filter((id) => columns.some((column) => column.id === id));
    one.pin = found.getAll("pin").filter((key) => byKey.has(key));
    one.cell = found.get("cell") ?? "";
    return one;
  }

  let told = null;
  function tell() {
    const text = written();
    if (text === told) return;
    told = text;
    const address = `${location.pathname}${location.search}${text ? `#${text}` : ""}`;
    try { history.replaceState(null, "", address); } catch { location.hash = text; }
    const shared = written({ ...state, cell: "", compare: false });
    for (const link of document.querySelectorAll("nav.tabs a")) {
      link.href = link.getAttribute("href").split("#")[0] + (shared ? `#${shared}` : "");
    }
  }

  // ---- What stands where -------------------------------------------------------------------------------
  function value(row, c) {
    if (c < 0) return row.title.toLowerCase();
    if (columns[c].extra) return row.extras[c - data.columns.length];
    const cell = row.cells[c];
    if (!cell) return null;
    if (state.mode in MODES) return cell.s[MODES[state.mode]];
    return printed[c] ? cell.s[0] : cell.s[1];
  }

  function sorted(list) {
    if (state.sort === "") return list;
    const c = state.sort === "-name" ? -1 : columns.findIndex((column) => column.id === state.sort);
    const sign = state.dir === "asc" ? 1 : -1;
    const known = list.map((row) => [value(row, c), row]);
    const compare = ([a, one], [b, other]) => {
      if (a === null || b === null) return (a === null) - (b === null) || one.i - other.i;
      if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1;
      const order = typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
      return sign * order || one.i - other.i;
    };
    return known.sort(compare).map(([, row]) => row);
  }

  const words = () => state.q.toLowerCase().split(/\s+/).filter(Boolean);
  function fits(row, wanted) {
    return !(state.ref && row.reference) && !(state.meas && !row.measured)
      && (state.ev === "" || row.levels.has(state.ev))
      && (state.group === "" || row.group === Number(state.group))
      && wanted.every((word) => row.text.includes(word));
  }

  function arrange() {
    const wanted = words();
    const pins = new Set(state.pin);
    const shown = rows.filter((row) => !pins.has(row.key) && fits(row, wanted));
    const visible = new Set([...shown.map((row) => row.key), ...pins]);
    for (const row of rows) row.tr.hidden = !visible.has(row.key);
    const put = (body, list) => body.append(...list.map((row) => row.tr));
    const tops = state.pin.map((key) => byKey.get(key));
    const flat = state.sort !== "";
    const homes = new Map(bodies.map((body) => [body, []]));
    for (const row of rows) if (!pins.has(row.key) && !(flat && visible.has(row.key))) homes.get(row.body).push(row);
    for (const [body, list] of homes) {
      put(body, list);
      body.hidden = flat || !list.some((row) => visible.has(row.key));
    }
    put(pinnedBody, sorted(tops));
    put(sortedBody, flat ? sorted(shown) : []);
    pinnedBody.hidden = tops.length === 0;
    sortedBody.hidden = !flat;
    byId("none").hidden = shown.length + tops.length > 0;
    return shown.length + tops.length;
  }

  let hiddenNow = null;
  function header() {
    for (const head of heads) {
      const on = head.id === state.sort;
      if (on) head.th.setAttribute("aria-sort", state.dir === "asc" ? "ascending" : "descending");
      else head.th.removeAttribute("aria-sort");
    }
    // Thousands of cells: touched only when the columns change.
    const key = JSON.stringify(state.hide);
    if (key === (hiddenNow ?? "[]")) return;
    hiddenNow = key;
    const hidden = new Set(state.hide);
    const at = columns.map((column) => hidden.has(column.id));
    const left = at.filter((one) => !one).length;
    for (const tr of table.querySelectorAll("thead tr")) {
      let c = 0;
      [...tr.cells].slice(1).forEach((cell) => {
        const span = Number(cell.dataset.span ??= cell.colSpan);
        const visible = at.slice(c, c + span).filter((one) => !one).length;
        cell.hidden = visible === 0;
        cell.colSpan = Math.max(visible, 1);
        c += span;
      });
    }
    for (const row of rows) at.forEach((gone, c) => { row.tr.cells[c + 1].hidden = gone; });
    for (const cell of table.querySelectorAll("tr.group th")) cell.colSpan = left + 1;
  }

  function status(count) {
    const parts = [`${count} of ${rows.length} rows`];
    if (state.sort !== "") {
      const column = columns.find((one) => one.id === state.sort);
      const best = column && !column.extra && (state.dir === "asc") === column.lower ? ", best first" : "";
      const how = state.dir === "asc" ? "ascending" : "descending";
      const mode = state.mode === "all" ? (column && !column.extra && printed[columns.indexOf(column)] ? ", printed numbers" : "") : `, ${state.mode === "delta" ? "differences" : `${state.mode} numbers`}`;
      parts.push(`sorted by ${column?.title ?? "method"}, ${how}${best}${mode}`);
    }
    if (state.pin.length) parts.push(`${state.pin.length} pinned`);
    const text = `${parts.join("; ")}.`;
    if (byId("status").textContent !== text) byId("status").textContent = text;
    const filters = ["ref", "meas", "ev", "group"].filter((name) => state[name]).length;
    const counts = { filter: filters, columns: state.hide.length, pins: state.pin.length };
    for (const spot of document.querySelectorAll("[data-count]")) {
      const count = counts[spot.dataset.count];
      spot.textContent = count ? ` ${spot.dataset.count === "columns" ? `−${count}` : count}` : "";
    }
    byId("compare-open").disabled = state.pin.length < 1;
    byId("reset").hidden = written({ ...state, cell: "", compare: false }) === "";
  }

  function controls() {
    if (byId("q").value !== state.q) byId("q").value = state.q;
    for (const name of ["ref", "meas"]) if (byId(name)) byId(name).checked = state[name];
    for (const name of ["ev", "group"]) if (byId(name)) byId(name).value = state[name];
    for (const radio of document.querySelectorAll("#mode input")) radio.checked = radio.value === state.mode;
    for (const box of document.querySelectorAll("#columns input")) box.checked = !state.hide.includes(box.value);
    for (const row of rows) {
      const on = state.pin.includes(row.key);
      row.pin.setAttribute("aria-pressed", String(on));
      row.tr.classList.toggle("is-pinned", on);
    }
  }

  function update(change = {}) {
    const focused = document.activeElement;
    Object.assign(state, change);
    table.dataset.mode = state.mode;
    table.classList.toggle("flat", state.sort !== "");
    header();
    const count = arrange();
    controls();
    status(count);
    tell();
    if (!seen(stop)) rove([...table.querySelectorAll("tbody .pin")].find(seen));
    // A row that moves takes the focus with it.
    if (focused !== document.activeElement && table.contains(focused) && !focused.closest("[hidden]")) focused.focus({ preventScroll: true });
  }

  // ---- Headings that sort ------------------------------------------------------------------------------
  const heads = [...table.querySelectorAll("tr.t > th")].map((th, i) => {
    const column = i ? columns[i - 1] : null;
    const id = column?.id ?? "-name";
    const label = th.querySelector(".s");
    const button = element("button", { type: "button", class: "sort" });
    button.append(...label.childNodes);
    label.replaceWith(button);
    const text = column?.extra && rows.some((row) => typeof row.extras[i - 1 - data.columns.length] === "string");
    const first = !column || text || column.lower ? "asc" : "desc";
    const second = first === "asc" ? "desc" : "asc";
    // Best first, worst first, as printed.
    button.addEventListener("click", () => {
      if (state.sort !== id) update({ sort: id, dir: first });
      else if (state.dir === first) update({ dir: second });
      else update({ sort: "", dir: "" });
    });
    return { id, th, button };
  });

  // ---- Pins, and cells that open -----------------------------------------------------------------------
  for (const row of rows) {
    row.pin = element("button", { type: "button", class: "pin", "aria-pressed": "false", "aria-label": `Pin ${row.title}`, title: "Pin this row" });
    row.tr.cells[0].prepend(row.pin);
    row.pin.addEventListener("click", () => {
      const on = state.pin.includes(row.key);
      update({ pin: on ? state.pin.filter((key) => key !== row.key) : [...state.pin, row.key] });
    });
    row.openers = row.cells.map((cell, c) => (cell ? openers(row, c) : []));
  }

  // Whichever number the cell shows can be pressed; without scripts the measured one leads to its run.
  function openers(row, c) {
    const td = row.tr.cells[c + 1];
    const found = ["a.open, .m .n", ".p .n", ".dd .chip.within, .dd .chip.outside, .dd .chip.not-comparable"].map((place) => {
      const spot = td.querySelector(place);
      if (!spot || spot.matches("a")) return spot;
      const button = element("button", { type: "button", class: "open" });
      button.append(...spot.childNodes);
      if (spot.matches(".chip")) spot.append(button);
      else spot.replaceWith(button);
      return button;
    }).filter(Boolean);
    for (const opener of found) {
      opener.setAttribute("aria-haspopup", "dialog");
      opener.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        update({ cell: `${row.key}~${data.columns[c].id}` });
        openCell(opener);
      });
    }
    // The whole cell is a target for the pointer.
    td.addEventListener("click", (event) => { if (!event.target.closest("a, button")) found.find(seen)?.click(); });
    td.classList.add("opens");
    return found;
  }

  // The body is one stop of the Tab key; arrows move within it.
  let stop = null;
  for (const one of table.querySelectorAll("tbody .pin, tbody .open")) one.tabIndex = -1;
  function rove(target) {
    if (stop) stop.tabIndex = -1;
    stop = target ?? null;
    if (stop) stop.tabIndex = 0;
  }
  function seen(one) { return Boolean(one) && !one.closest("[hidden]") && one.getClientRects().length > 0; }
  table.addEventListener("keydown", (event) => {
    const from = event.target.closest?.(".pin, .open");
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!from || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    const shown = [...table.querySelectorAll("tr[data-row]")].filter((tr) => !tr.hidden && !tr.closest("tbody").hidden).map((tr) => byKey.get(tr.dataset.row));
    const grid = shown.map((row) => [[row.pin], ...row.openers]);
    let y = shown.findIndex((row) => row.tr.contains(from));
    let x = grid[y].findIndex((spots) => spots.includes(from));
    event.preventDefault();
    do { y += step[0]; x += step[1]; } while (grid[y]?.[x] !== undefined && !grid[y][x].some(seen));
    const next = grid[y]?.[x]?.find(seen);
    if (next) { rove(next); next.focus(); next.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  });
  table.addEventListener("focusin", (event) => {
    const one = event.target.closest?.(".pin, .open");
    if (one) rove(one);
  });

  // ---- One cell ----------------------------------------------------------------------------------------
  const cellDialog = byId("cell");
  let opened = null;
  function openCell(from = null) {
    const cut = state.cell.indexOf("~");
    const row = byKey.get(state.cell.slice(0, cut));
    const c = data.columns.findIndex((column) => column.id === state.cell.slice(cut + 1));
    const cell = row?.cells[c];
    if (!cell) { state.cell = ""; tell(); return; }
    const column = data.columns[c];
    opened = from ?? row.openers[c].find(seen);
    byId("cell-about").textContent = column.about;
    byId("cell-title").textContent = `${row.title} · ${column.title}`;
    const parts = [element("p", { class: "soft" }, row.about)];
    for (const [title, facts] of cell.f) {
      const list = element("dl", { class: "facts" });
      for (const [name, text] of facts) list.append(element("div", {}, element("dt", {}, name), element("dd", {}, text)));
      parts.push(element("section", {}, element("h3", {}, title), list));
    }
    if (cell.n.length) {
      const list = element("ul", {}, ...cell.n.map((n) => element("li", {}, byId(`note-${n}`)?.textContent ?? "")));
      parts.push(element("section", {}, element("h3", {}, "Notes"), list));
    }
    if (cell.r.length) {
      const list = element("ul", { class: "links" }, ...cell.r.map((r) => {
        const run = data.runs[r];
        return element("li", {}, element("a", { href: run.page }, run.name), ` seed ${run.seed}`);
      }));
      parts.push(element("section", {}, element("h3", {}, cell.r.length > 1 ? `${cell.r.length} runs` : "Run"), list));
    }
    byId("cell-body").replaceChildren(...parts);
    if (!cellDialog.open) cellDialog.showModal();
    byId("cell-title").focus();
  }
  cellDialog.addEventListener("close", () => {
    if (state.cell === "") return;
    update({ cell: "" });
    if (seen(opened)) { rove(opened); opened.focus(); }
  });

  // ---- Pinned rows side by side ------------------------------------------------------------------------
  const compareDialog = byId("compare");
  // A difference too small for the column's digits still has a side.
  const signed = (number, digits) => {
    const text = [digits, digits + 1].map((count) => Math.abs(number).toFixed(count)).find((one) => Number(one) !== 0);
    return text === undefined ? (0).toFixed(digits) : (number < 0 ? "−" : "+") + text;
  };
  const SHORT = new Set(["Place", "Difference", "p after Holm", "Reads as", "Not tested because"]);
  function openCompare() {
    const chosen = sorted(state.pin.map((key) => byKey.get(key)));
    if (!chosen.length) { state.compare = false; tell(); return; }
    const top = element("tr", {}, element("th", { scope: "col" }, "Column"), ...chosen.map((row) => element("th", { scope: "col" }, row.title, element("span", { class: "soft" }, row.about))));
    const lines = data.columns.flatMap((column, c) => {
      if (state.hide.includes(column.id)) return [];
      return [["printed", 0], ["measured", 1], ["delta", 2]].flatMap(([name, s]) => {
        if (state.mode !== "all" && state.mode !== name) return [];
        const values = chosen.map((row) => row.cells[c]?.s[s] ?? null);
        if (values.every((one) => one === null)) return [];
        const kind = { printed: "printed", measured: "measured", delta: "measured minus printed" }[name];
        const cells = chosen.map((row, i) => {
          const td = element("td", {});
          if (values[i] === null) { td.append("–"); return td; }
          const text = name === "delta" ? signed(values[i], column.digits) : values[i].toFixed(column.digits).replace("-", "−");
          td.append(element("b", {}, text));
          if (i && name !== "delta" && values[0] !== null) td.append(element("span", { class: "soft" }, signed(values[i] - values[0], column.digits)));
          const best = name === "measured" && row.cells[c].f.find(([title]) => title === "Against the best");
          const said = best ? best[1].filter(([label]) => SHORT.has(label)).map(([label, text]) => (label === "Place" || label === "Reads as" ? text : `${label.toLowerCase()} ${text}`)) : [];
          if (said.length) td.append(element("small", {}, `Against the best: ${said.join("; ")}`));
          return td;
        });
        return [element("tr", {}, element("th", { scope: "row" }, column.title, element("span", { class: "soft" }, kind)), ...cells)];
      });
    });
    byId("compare-body").replaceChildren(element("table", { class: "plain" }, element("thead", {}, top), element("tbody", {}, ...lines)));
    if (!compareDialog.open) compareDialog.showModal();
    byId("compare-title").focus();
  }
  compareDialog.addEventListener("close", () => { if (state.compare) { update({ compare: false }); byId("compare-open").focus(); } });

  // ---- Controls ----------------------------------------------------------------------------------------
  columns.forEach((column) => {
    const box = element("input", { type: "checkbox", value: column.id, checked: true });
    box.addEventListener("change", () => update({ hide: box.checked ? state.hide.filter((id) => id !== column.id) : [...state.hide, column.id] }));
    byId("columns").append(element("label", {}, box, ` ${column.title}`));
  });
  byId("q").addEventListener("input", (event) => update({ q: event.target.value }));
  for (const name of ["ref", "meas"]) byId(name)?.addEventListener("change", (event) => update({ [name]: event.target.checked }));
  for (const name of ["ev", "group"]) byId(name)?.addEventListener("change", (event) => update({ [name]: event.target.value }));
  byId("mode")?.addEventListener("change", (event) => update({ mode: event.target.value }));
  byId("compare-open").addEventListener("click", () => { update({ compare: true }); openCompare(); });
  byId("reset").addEventListener("click", () => { update(START()); byId("q").focus(); });
  byId("link").addEventListener("click", (event) => copy(location.href, event.currentTarget));
  byId("tools").addEventListener("submit", (event) => event.preventDefault());

  function fromAddress() {
    // `#note-3` is a place on the page and no state.
    const hash = location.hash;
    const place = hash !== "" && !hash.includes("=");
    if (place && told !== null) return;
    if (told !== null && hash.slice(1) === told) return;
    const next = place ? START() : parsed(hash);
    if (place) told = "";
    state = { ...next, cell: "", compare: false };
    for (const dialog of [cellDialog, compareDialog]) if (dialog.open) dialog.close();
    const { cell, compare } = next;
    update({ cell, compare });
    if (cell) openCell();
    else if (compare) openCompare();
  }
  // A table that fits keeps its head at the top of the window; one that does not scrolls in a frame of its own.
  const frame = table.closest(".scroll");
  new ResizeObserver(() => {
    frame.classList.remove("fits");
    if (table.scrollWidth <= frame.clientWidth + 1) frame.classList.add("fits");
  }).observe(document.documentElement);
  addEventListener("hashchange", fromAddress);
  byId("tools").hidden = false;
  fromAddress();
})();
