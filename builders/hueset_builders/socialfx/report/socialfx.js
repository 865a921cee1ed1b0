// A word of an effect, large, beside the one that was chosen before it.
(() => {
  for (const effect of document.querySelectorAll("[data-effect]")) {
    const sheet = effect.querySelector("[data-sheet]");
    const words = [...effect.querySelectorAll("[data-word]")];
    const byId = new Map(words.map((word) => [word.id, word]));
    const byTerm = new Map(words.map((word) => [word.dataset.word.toLowerCase(), word]));
    const part = (name) => sheet.querySelector(`[data-${name}]`);
    let chosen = null;

    const show = (word) => {
      const before = chosen;
      chosen = word;
      sheet.hidden = false;
      part("term").textContent = word.dataset.word;
      part("about").textContent = word.dataset.about;
      part("pick").value = word.dataset.word;
      const large = word.querySelector("svg").cloneNode(true);
      const pictures = [large];
      if (before && before !== word) {
        const ghost = before.querySelector("svg").cloneNode(true);
        ghost.classList.add("ghost");
        ghost.setAttribute("aria-hidden", "true");
        pictures.unshift(ghost);
        part("ghostname").textContent = before.dataset.word;
      }
      part("ghost").hidden = pictures.length < 2;
      part("plot").replaceChildren(...pictures);
      const near = word.dataset.near.split(";").filter(Boolean).map((told) => {
        const [id, distance] = told.split(" ");
        const link = document.createElement("a");
        link.href = `#${id}`;
        link.textContent = byId.get(id).dataset.word;
        link.title = `distance ${distance}`;
        return link;
      });
      part("near").replaceChildren(...near.flatMap((link, at) => at ? [", ", link] : ["Nearest: ", link]));
      for (const link of effect.querySelectorAll("a[href^='#word-']")) {
        if (link.hash === `#${word.id}` && !sheet.contains(link)) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    };

    effect.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#word-']");
      const word = link && byId.get(decodeURIComponent(link.getAttribute("href").slice(1)));
      if (!word) return;
      event.preventDefault();
      history.replaceState(null, "", `#${word.id}`);
      show(word);
    });
    part("pick").addEventListener("change", (event) => {
      const word = byTerm.get(event.target.value.trim().toLowerCase());
      if (word) show(word);
    });
    effect.querySelector("[data-words]").addEventListener("input", (event) => {
      const wanted = event.target.value.trim().toLowerCase();
      for (const word of words) word.hidden = !word.dataset.word.toLowerCase().includes(wanted);
    });
    const asked = byId.get(location.hash.slice(1));
    if (asked) {
      show(asked);
      effect.scrollIntoView();
    } else if (words.length) {
      show(words[0]);
    }
  }
})();
