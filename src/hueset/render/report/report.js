// What every report does beyond reading: the theme, and filters.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  for (const button of document.querySelectorAll("[data-theme-toggle]")) {
    const say = () => button.setAttribute("aria-pressed", String(dark()));
    button.hidden = false;
    say();
    button.addEventListener("click", () => {
      root.dataset.theme = dark() ? "light" : "dark";
      say();
    });
  }
  for (const input of document.querySelectorAll("input[data-filter]")) {
    const rows = document.querySelectorAll(`${input.dataset.filter} tbody tr`);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
  }
})();
