// Runs before anything is drawn, so that a page never flashes in the other theme.
(() => {
  "use strict";
  let chosen = null;
  // Some browsers give pages from files no storage; the system's theme is then what counts.
  try { chosen = localStorage.getItem("vsumbench-theme"); } catch { /* no storage */ }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
