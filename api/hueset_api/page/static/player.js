// The segment player: one line moves over waveform and piano roll; a click there moves the audio.
"use strict";

for (const player of document.querySelectorAll("[data-player]")) {
  const audio = player.querySelector("audio");
  if (!audio) continue;
  const heads = player.querySelectorAll("[data-head]");

  const show = () => {
    const share = audio.duration ? audio.currentTime / audio.duration : 0;
    for (const head of heads) {
      head.setAttribute("x1", share * 1000);
      head.setAttribute("x2", share * 1000);
    }
    if (!audio.paused) requestAnimationFrame(show);
  };
  for (const event of ["play", "seeked", "pause", "loadedmetadata"]) audio.addEventListener(event, show);

  for (const picture of player.querySelectorAll("[data-seek]")) {
    picture.addEventListener("click", (event) => {
      const box = picture.getBoundingClientRect();
      if (audio.duration) audio.currentTime = ((event.clientX - box.left) / box.width) * audio.duration;
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.target.closest("input, button, a, audio, summary, select")) return;
    event.preventDefault();
    if (audio.paused) audio.play(); else audio.pause();
  });
}
