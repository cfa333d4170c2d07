// What every page does: theme, copying, leading to notes, closing of dialogs. Texts go in as text, never as HTML.
(() => {
  "use strict";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

  function element(name, more = {}, ...inside) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(more)) {
      if (key === "class") made.className = value;
      else if (key in made && key !== "list") made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...inside);
    return made;
  }

  function themes() {
    const button = document.querySelector("[data-theme-switch]");
    const name = () => {
      button.textContent = dark() ? "Light" : "Dark";
      button.setAttribute("aria-label", `Change to the ${dark() ? "light" : "dark"} theme`);
    };
    const changed = () => { name(); document.dispatchEvent(new CustomEvent("theme")); };
    button.hidden = false;
    name();
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      try { localStorage.setItem("vsumbench-theme", root.dataset.theme); } catch { /* no storage */ }
      changed();
    });
    system.addEventListener("change", changed);
    // Paper is white: plots are drawn anew for it.
    let kept;
    addEventListener("beforeprint", () => { kept = root.dataset.theme; root.dataset.theme = "light"; changed(); });
    addEventListener("afterprint", () => { if (kept) root.dataset.theme = kept; else delete root.dataset.theme; changed(); });
  }

  async function copy(text, button) {
    const before = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Without permission, or from a file: select the text in a field and let the browser copy it.
      const field = element("textarea", { value: text, class: "vh" });
      button.after(field);
      field.select();
      done = document.execCommand("copy");
      field.remove();
    }
    button.textContent = done ? "Copied" : "Not copied";
    setTimeout(() => { button.textContent = before; }, 1500);
  }

  function copies() {
    for (const button of document.querySelectorAll("[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", () => copy(document.getElementById(button.dataset.copy).textContent, button));
    }
  }

  // The address holds what the table shows, so a link to a note moves there without changing the address.
  function lead(id) {
    const target = document.getElementById(id);
    if (!target) return false;
    for (const around of document.querySelectorAll("details")) if (around.contains(target)) around.open = true;
    for (const old of document.querySelectorAll(".hit")) old.classList.remove("hit");
    target.classList.add("hit");
    if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
    target.scrollIntoView({ block: "center" });
    target.focus({ preventScroll: true });
    return true;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (!link || event.defaultPrevented) return;
    const dialog = link.closest("dialog");
    if (dialog) dialog.close();
    if (lead(decodeURIComponent(link.getAttribute("href").slice(1)))) event.preventDefault();
  });
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      // A click beside the dialog lands on the dialog itself.
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
  for (const menu of document.querySelectorAll("details.menu")) {
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    menu.addEventListener("toggle", () => {
      if (menu.open) for (const other of document.querySelectorAll("details.menu")) if (other !== menu) other.open = false;
    });
  }
  document.addEventListener("pointerdown", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  const read = (id) => JSON.parse(document.getElementById(id)?.textContent ?? "null");
  globalThis.vsumbench = { element, copy, read, dark };
  root.classList.add("scripted");
  themes();
  copies();
})();
