// Flat lists (runs, scores, videos): sorting, searching and paging by DataTables.
(() => {
  "use strict";
  if (!globalThis.DataTable) return;
  const PAGE = 50;
  function start(table) {
    const heads = [...table.tHead.rows[0].cells];
    const many = table.tBodies[0].rows.length > PAGE;
    const label = document.getElementById(table.closest("[aria-labelledby]")?.getAttribute("aria-labelledby"))?.textContent ?? "";
    const made = new DataTable(table, {
      autoWidth: false,
      order: [],
      paging: many,
      pageLength: PAGE,
      lengthChange: false,
      searching: table.tBodies[0].rows.length > 10,
      info: many,
      columnDefs: heads.map((head, i) => ({ targets: i, type: head.dataset.type === "num" ? "num" : "string", orderSequence: head.dataset.type === "num" ? ["desc", "asc", ""] : ["asc", "desc", ""] })),
      layout: { topStart: table.tBodies[0].rows.length > 10 ? "search" : null, topEnd: many ? "info" : null, bottomStart: null, bottomEnd: many ? "paging" : null },
      language: {
        search: "", searchPlaceholder: "Search",
        info: "_START_ to _END_ of _TOTAL_", infoFiltered: "(of _MAX_)", infoEmpty: "none", zeroRecords: "Nothing fits this search.",
      },
    });
    // The library takes its words as HTML; a name from a record goes in as text.
    made.table().container().querySelector("input[type=search]")?.setAttribute("aria-label", `Search: ${label}`);
    for (const info of made.table().container().querySelectorAll(".dt-info")) info.setAttribute("aria-live", "polite");
  }
  for (const table of document.querySelectorAll("table[data-list]")) {
    const closed = table.closest("details:not([open])");
    if (closed) closed.addEventListener("toggle", () => start(table), { once: true });
    else start(table);
  }
})();
