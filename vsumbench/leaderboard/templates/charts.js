// Draws the panels from the numbers of the page. Rows differ by colour, by dash and by the shape of their points.
(() => {
  "use strict";
  const { read } = globalThis.vsumbench;
  const plots = read("plots");
  if (!plots || !globalThis.Chart) return;
  const SHAPES = ["circle", "triangle", "rect", "rectRot", "star", "cross", "crossRot", "rectRounded"];
  const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]];
  const COLOURS = 8;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const tint = (i) => colour(`--plot-${i % COLOURS}`);
  const faded = (i) => `${tint(i)}40`;
  const short = (text, most = 34) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  // What tells two rows of one title apart often stands at the end.
  const two = (text) => {
    const [, title, rest] = /^(.*?) (\(.*\))$/s.exec(text) ?? [null, text, ""];
    const middle = rest.length > 36 ? `${rest.slice(0, 14)}…${rest.slice(-20)}` : rest;
    return middle ? [short(title), middle] : short(text);
  };
  const number = (value) => String(Number(value.toPrecision(4))).replace("-", "−");

  function axis(title, more = {}) {
    return {
      title: { display: Boolean(title), text: title, color: colour("--soft") },
      grid: { color: colour("--rule"), tickColor: "transparent" },
      border: { color: colour("--soft") },
      ...more,
      ticks: { color: colour("--soft"), ...more.ticks },
    };
  }
  function look(i, hollow = false) {
    return {
      borderColor: tint(i), backgroundColor: hollow ? colour("--bg") : tint(i), pointBackgroundColor: hollow ? colour("--bg") : tint(i),
      pointBorderColor: tint(i), pointStyle: SHAPES[i % SHAPES.length], borderDash: hollow ? [3, 3] : DASHES[Math.floor(i / COLOURS) % DASHES.length],
      borderWidth: 2, pointRadius: 4, pointHoverRadius: 6,
    };
  }
  // One row keeps its colour, printed or measured.
  function places(lines) {
    const seen = new Map();
    return lines.map((line) => { if (!seen.has(line.row)) seen.set(line.row, seen.size); return seen.get(line.row); });
  }
  const common = (legend) => ({
    responsive: true, maintainAspectRatio: false, animation: calm.matches ? false : { duration: 250 },
    interaction: { mode: "nearest", intersect: false },
    plugins: {
      legend: { display: legend, position: "bottom", labels: { color: colour("--ink"), usePointStyle: true, boxHeight: 7, padding: 12 } },
      tooltip: { backgroundColor: colour("--strong"), titleColor: colour("--bg"), bodyColor: colour("--bg"), padding: 9, displayColors: false },
    },
  });

  // Names beside points: no reader should have to hover.
  const labels = {
    id: "labels",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea } = chart;
      ctx.save();
      ctx.font = `12px ${getComputedStyle(document.body).fontFamily}`;
      ctx.fillStyle = colour("--ink");
      ctx.strokeStyle = colour("--bg");
      ctx.lineWidth = 4;
      ctx.lineJoin = "round";
      ctx.textBaseline = "middle";
      const taken = [];
      chart.data.datasets.forEach((set, d) => {
        if (!set.names) return;
        chart.getDatasetMeta(d).data.forEach((point, i) => {
          const text = short(set.names[i], 28);
          const size = ctx.measureText(text).width;
          const gap = set.beside ? 9 : 2;
          const right = point.x + gap + size < chartArea.right;
          const x = right ? point.x + gap : point.x - gap - size;
          const y = (set.beside ? [0] : [-12, 13, -26, 27]).map((step) => point.y + step).find((at) => !taken.some(([a, b, e]) => Math.abs(b - at) < 12 && x < e && x + size > a));
          if (y === undefined) return;
          taken.push([x, y, x + size]);
          ctx.strokeText(text, x, y);
          ctx.fillText(text, x, y);
        });
      });
      ctx.restore();
    },
  };

  function lines(plot) {
    const at = places(plot.lines);
    const radar = plot.kind === "radar" && plot.axes.length > 2;
    const bars = plot.kind === "bars" || (plot.kind === "radar" && !radar);
    const bump = plot.kind === "bump";
    const options = common(true);
    options.plugins.tooltip.callbacks = { label: (item) => `${item.dataset.label}: ${plot.lines[item.datasetIndex].texts[item.dataIndex]}` };
    if (radar) {
      options.scales = { r: { beginAtZero: true, max: 1, ticks: { display: false, stepSize: 0.25 }, grid: { color: colour("--rule") }, angleLines: { color: colour("--rule") }, pointLabels: { color: colour("--ink"), callback: (text) => short(text, 22) } } };
    } else {
      options.scales = {
        x: axis("", { ticks: { autoSkip: false, maxRotation: 60, callback: (value) => [].concat(plot.axes[value]).map((text) => short(text, 26)) } }),
        y: axis(plot.value, bump ? { reverse: true, min: 0.5, ticks: { stepSize: 1, precision: 0, callback: (value) => (Number.isInteger(value) ? `#${value}` : "") } } : { beginAtZero: true }),
      };
    }
    const datasets = plot.lines.map((line, i) => ({
      label: line.name, data: line.values, spanGaps: false, fill: false, ...look(at[i], line.hollow),
      ...(bars ? { backgroundColor: line.hollow ? faded(at[i]) : tint(at[i]), borderWidth: 1, borderDash: [] } : {}),
      ...(radar ? { backgroundColor: "transparent" } : {}),
    }));
    return { type: radar ? "radar" : bars ? "bar" : "line", data: { labels: plot.axes, datasets }, options };
  }

  function box(plot) {
    const options = { ...common(false), indexAxis: "y", scales: { x: axis(plot.value), y: axis("", { ticks: { autoSkip: false, callback: (value) => two(plot.rows[value].name) } }) } };
    options.plugins.tooltip.callbacks = {
      label: (item) => {
        const seen = item.parsed;
        return [`median ${number(seen.median)}`, `quartiles ${number(seen.q1)} and ${number(seen.q3)}`, `${number(seen.min)} to ${number(seen.max)}`, `${plot.rows[item.dataIndex].count} videos`];
      },
    };
    return {
      type: "boxplot",
      data: {
        labels: plot.rows.map((row) => row.name),
        datasets: [{
          data: plot.rows.map((row) => row.values), borderColor: colour("--soft"), backgroundColor: faded(0), medianColor: colour("--ink"), borderWidth: 1.5,
          itemRadius: 2, itemStyle: "circle", itemBackgroundColor: faded(0), itemBorderColor: faded(0), outlierRadius: 2.5, outlierBackgroundColor: tint(1), outlierBorderColor: tint(1),
          meanRadius: 3, meanStyle: "rectRot", meanBackgroundColor: colour("--bg"), meanBorderColor: colour("--ink"), maxBarThickness: 26,
        }],
      },
      options,
    };
  }

  function pareto(plot) {
    const front = plot.points.filter((point) => point.front).sort((a, b) => a.x - b.x);
    const others = plot.points.filter((point) => !point.front);
    const options = { ...common(false), scales: { x: axis(plot.cost, { type: plot.log ? "logarithmic" : "linear", grace: plot.log ? 0 : "8%", ticks: { maxRotation: 0, autoSkipPadding: 14 } }), y: axis(plot.value, { grace: "12%", reverse: plot.lower }) } };
    options.interaction = { mode: "nearest", intersect: true };
    options.plugins.legend.display = true;
    options.plugins.tooltip.callbacks = { label: (item) => `${item.dataset.names[item.dataIndex]}: ${number(item.parsed.x)}, ${number(item.parsed.y)}` };
    const set = (label, points, more) => ({ label, data: points.map(({ x, y }) => ({ x, y })), names: points.map((point) => point.name), pointRadius: 5, ...more });
    return {
      type: "scatter",
      data: { datasets: [
        set("on the front", front, { ...look(0), showLine: true, stepped: "before", borderWidth: 1.5 }),
        set("not on the front", others, { ...look(1, true), showLine: false, borderDash: [] }),
      ] },
      options,
      plugins: [labels],
    };
  }

  function ranks(plot) {
    const last = plot.rows.length - 1;
    const options = { ...common(false), scales: {
      x: axis(plot.value, { min: 1, max: Math.max(...plot.rows.map((row) => row.rank), 1 + plot.difference) + 0.3, position: "top" }),
      y: { type: "linear", reverse: true, min: -1.2, max: last + 0.8, display: true, border: { display: false }, grid: { display: false },
        afterBuildTicks: (scale) => { scale.ticks = plot.rows.map((_, i) => ({ value: i })); },
        ticks: { color: colour("--ink"), autoSkip: false, callback: (value) => two(plot.rows[value]?.name ?? "") } },
    } };
    options.interaction = { mode: "nearest", intersect: true };
    options.plugins.tooltip.callbacks = { title: () => "", label: (item) => (plot.rows[item.parsed.y] ? `${plot.rows[item.parsed.y].name}: ${number(item.parsed.x)}` : "") };
    const bar = (points, more) => ({ data: points, showLine: true, pointRadius: 0, borderWidth: 5, borderColor: faded(0), ...more });
    const sets = [
      { data: plot.rows.map((row, y) => ({ x: row.rank, y })), ...look(0), showLine: false, pointRadius: 5 },
      bar([{ x: 1, y: -0.7 }, { x: 1 + plot.difference, y: -0.7 }], { borderColor: colour("--ink"), borderWidth: 2, beside: true, names: ["", `critical difference ${number(plot.difference)}`] }),
      // Rows under one bar cannot be told apart.
      ...plot.cliques.map((clique) => {
        const y = Math.max(...clique) + 0.4;
        const found = clique.map((i) => plot.rows[i].rank);
        return bar([{ x: Math.min(...found), y }, { x: Math.max(...found), y }]);
      }),
    ];
    return { type: "scatter", data: { datasets: sets }, options, plugins: [labels] };
  }

  const KINDS = { line: lines, radar: lines, bars: lines, bump: lines, box, pareto, ranks };
  const drawn = new Map();
  function draw(canvas) {
    const plot = plots[canvas.dataset.chart];
    drawn.get(canvas)?.destroy();
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    drawn.set(canvas, new Chart(canvas, KINDS[plot.kind](plot)));
    canvas.dataset.drawn = plot.kind;
  }
  const canvases = [...document.querySelectorAll("canvas[data-chart]")].filter((canvas) => KINDS[plots[canvas.dataset.chart]?.kind]);
  // Most readers look at the table: a plot is made when it comes near.
  const near = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting && !drawn.has(entry.target)) draw(entry.target);
  }, { rootMargin: "400px" });
  for (const canvas of canvases) {
    const plot = plots[canvas.dataset.chart];
    const count = plot.rows?.length ?? 0;
    canvas.parentElement.hidden = false;
    canvas.parentElement.classList.add(count > 8 ? "tall" : count && count < 4 ? "low" : "middle");
    near.observe(canvas);
  }
  document.addEventListener("theme", () => { for (const canvas of drawn.keys()) draw(canvas); });
  addEventListener("beforeprint", () => { for (const canvas of canvases) if (!drawn.has(canvas)) draw(canvas); });
})();
