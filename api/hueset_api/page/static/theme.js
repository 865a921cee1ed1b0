// Light or dark as the person chose, else as their system says; runs before the page is drawn.
(() => {
  const kept = localStorage.getItem("hueset-theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
})();
