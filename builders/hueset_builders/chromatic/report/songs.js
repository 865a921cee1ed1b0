// A song on one line of time, and a segment of it: seen, and heard where the page holds its sound.
(() => {
  const source = document.getElementById("data-songs");
  const panel = document.querySelector("[data-song]");
  if (!source || !panel) return;
  const { songs, media, audio } = JSON.parse(source.textContent);
  const names = Object.keys(songs);
  const part = (name) => panel.querySelector(`[data-${name}]`);
  const KINDS = { b: "audio and MIDI", a: "audio", m: "MIDI", s: "silent", u: "unknown: its files are not there" };
  const SVG = document.querySelector("svg").namespaceURI;
  let chosen = null;

  const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
  const words = (text) => String(text).replaceAll("_", " ");
  const HOW = {
    exact_match: "as long", contained: "within", spans_across: "begins earlier and ends later",
    bleeds_in: "begins earlier", bleeds_out: "ends later",
  };
  const pitch = (n) => `${["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"][n % 12]}${Math.floor(n / 12) - 1}`;
  const idOf = (song, track, index) =>
    `${song}_g${String(index).padStart(4, "0")}_t${String(track).padStart(2, "0")}`;

  function make(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function draw(tag, attributes, title) {
    const made = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (title) made.append(Object.assign(document.createElementNS(SVG, "title"), { textContent: title }));
    return made;
  }

  function lane(label, className, height) {
    const row = make("div", undefined, `lane ${className ?? ""}`);
    const name = make("span", label);
    name.title = label;
    const blocks = make("div", undefined, "blocks");
    row.append(name, blocks);
    part("lanes").append(row);
    return blocks;
  }

  function place(element, start, end, seconds) {
    element.style.left = `${Math.max(start / seconds, 0) * 100}%`;
    element.style.width = `max(2px, calc(${Math.max(end - start, 0) / seconds * 100}% - 1.5px))`;
    return element;
  }

  function show(id, focus) {
    const song = songs[id];
    chosen = null;
    panel.hidden = false;
    panel.dataset.of = id;
    panel.className = `panel song ${song.tone}`;
    panel.style.setProperty("--hue", song.tone ? song.hex : "var(--soft)");
    part("album").textContent = [song.colour, song.album, song.released].filter(Boolean).join(" · ");
    part("title").textContent = song.title;
    part("facts").textContent = [
      song.key, song.bpm && `${song.bpm} bpm`, song.meter, `${clock(song.seconds)} (from ${words(song.seconds_from)})`,
      `${(song.covered * 100).toFixed(1)} % in segments`, song.type && `label ${song.type} (${song.label_kind}${song.scores.length ? `: ${song.scores.slice(0, 3).map(([name, score]) => `${name} ${score}`).join(", ")}` : ""})`, `split ${song.split}`,
      `stamps read as ${words(song.unit[0])}, ${song.unit[1]}`,
      song.lyrics_unit[0] && song.lyrics_unit[0] !== song.unit[0] && `lyric stamps as ${words(song.lyrics_unit[0])}, ${song.lyrics_unit[1]}`,
      `audio files ${song.audio[0]} of ${song.audio[1]}`, `MIDI files ${song.midi[0]} of ${song.midi[1]}`,
    ].filter(Boolean).join(" · ");
    part("moods").replaceChildren(...song.moods.map((mood) => make("span", mood, "chip")), ...song.flags.map((flag) => make("span", `⚑ ${words(flag)}`, "chip")));
    part("concept").textContent = song.concept ?? "none";
    part("segment").replaceChildren();
    const at = names.indexOf(id);
    for (const [name, other] of [["before", names[at - 1]], ["after", names[at + 1]]]) {
      const link = part(name);
      link.hidden = !other;
      if (other) link.href = `#song-${other}`;
    }
    lanes(id, song);
    for (const link of document.querySelectorAll(".shelf a")) {
      if (link.hash === `#song-${id}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    first(id);
    if (focus) {
      document.getElementById("songs").scrollIntoView();
      part("title").focus({ preventScroll: true });
    }
  }

  function lanes(id, song) {
    const end = Math.max(song.seconds, ...song.segments.map((s) => s[1]), ...song.sections.map((s) => s[2] ?? 0), 0.001);
    part("lanes").replaceChildren();
    const ruler = lane("", "ruler");
    const step = [1, 2, 5, 10, 15, 30, 60, 120, 300].find((s) => end / s <= 12) ?? 600;
    for (let s = 0; s < end; s += step) ruler.append(place(make("span", clock(s)), s, s, end));
    const sections = lane("sections", "sectionlane");
    for (const [name, from, to, said] of song.sections) {
      if (from === null || to === null || to <= from) continue;
      const block = place(make("span", name), from, to, end);
      block.title = `${name}, ${clock(from)} to ${clock(to)}. ${said}`;
      sections.append(block);
    }
    if (song.lines.length) {
      const lines = lane("lyric lines", "linelane");
      song.lines.forEach(([from, to, text], at) => {
        const block = place(make("span"), from ?? 0, to ?? from ?? 0, end);
        block.title = text;
        block.dataset.line = at;
        lines.append(block);
      });
    }
    for (const [number, said, , , , , cells] of song.tracks) {
      const blocks = lane(`${number} ${said}`);
      song.segments.forEach((segment, at) => {
        const kind = cells[at];
        if (!kind || kind === "-") return;
        const [from, to, , section, text] = segment;
        const name = idOf(id, number, segment[8]);
        const button = place(make("button", undefined, kind), from, to, end);
        button.type = "button";
        button.tabIndex = -1;
        button.dataset.track = number;
        button.dataset.at = at;
        if (audio[name]) button.classList.add("heard");
        const label = `${said || `track ${number}`}, ${clock(from)} to ${clock(to)}, ${section || "outside sections"}, ${KINDS[kind]}${audio[name] ? ", playable" : ""}: ${text || "no lyric"}`;
        button.setAttribute("aria-label", label);
        button.title = label;
        button.setAttribute("aria-pressed", "false");
        blocks.append(button);
      });
    }
  }

  // The first segment that can be heard, else drawn, else the first with words.
  function first(id) {
    const buttons = [...panel.querySelectorAll(".blocks button")];
    const nameOf = (b) => idOf(id, b.dataset.track, songs[id].segments[b.dataset.at][8]);
    const best = buttons.find((b) => b.classList.contains("heard") && songs[id].segments[b.dataset.at][4])
      ?? buttons.find((b) => b.classList.contains("heard")) ?? buttons.find((b) => media[nameOf(b)])
      ?? buttons.find((b) => songs[id].segments[b.dataset.at][4]) ?? buttons[0];
    if (best) select(best);
  }

  function select(button) {
    const id = panel.dataset.of;
    const song = songs[id];
    const segment = song.segments[button.dataset.at];
    const track = song.tracks.find((t) => String(t[0]) === button.dataset.track);
    const [from, to, kind, section, text, bar, beat, relations, index] = segment;
    const name = idOf(id, track[0], index);
    if (chosen) {
      chosen.setAttribute("aria-pressed", "false");
      chosen.tabIndex = -1;
    }
    chosen = button;
    button.setAttribute("aria-pressed", "true");
    button.tabIndex = 0;
    for (const line of panel.querySelectorAll("[data-line]")) {
      line.classList.toggle("here", relations.some(([at]) => String(at) === line.dataset.line));
    }
    const parts = [make("h4", `${track[1] || `track ${track[0]}`} · ${section || "outside every section"}`)];
    if (text) parts.push(make("blockquote", text));
    parts.push(make("p", [
      `${from.toFixed(3)} to ${to.toFixed(3)} s (${(to - from).toFixed(2)} s)`,
      bar !== null && `bar ${bar}, beat ${beat}`, `cut by ${words(kind)}`, KINDS[button.classList[0]],
      track[3] && `played by ${track[3]}`, relations.length && `lyrics: ${relations.map(([at, how]) => `line ${at + 1} ${HOW[how] ?? words(how)}`).join(", ")}`,
    ].filter(Boolean).join(" · "), "quiet"));
    const picture = media[name];
    const seconds = picture?.seconds ?? to - from;
    const heads = [];
    if (picture?.wave) parts.push(figure("waveform", wave(picture.wave, heads)));
    if (picture?.notes?.length) parts.push(figure(`piano roll, ${picture.notes.length} notes`, roll(picture.notes, seconds, heads)));
    if (audio[name]) parts.push(player(name, heads));
    else if (picture?.notes?.length) parts.push(listen(picture.notes, seconds, heads));
    if (!picture) parts.push(make("p", absent(track, button.classList[0]), "quiet"));
    parts.push(make("p", name, "quiet mono"));
    part("segment").replaceChildren(...parts);
  }

  function absent(track, kind) {
    if (kind === "u") return `Nothing to hear or draw: audio ${words(track[4])}, MIDI ${words(track[5])}.`;
    if (kind === "s") return "Silent here: no sound above the threshold, and no note.";
    return "This page holds a limited choice of segments, and this one is not drawn. It is in the table media.";
  }

  function figure(caption, picture) {
    const made = make("figure");
    made.append(make("figcaption", caption), picture);
    return made;
  }

  function frame(height, className, label) {
    return draw("svg", { viewBox: `0 0 1000 ${height}`, preserveAspectRatio: "none", class: className, role: "img", "aria-label": label });
  }

  function head(picture, height, heads) {
    const line = draw("line", { class: "head", x1: 0, x2: 0, y1: 0, y2: height });
    heads.push(line);
    picture.append(line);
    return picture;
  }

  function wave(packed, heads) {
    const bytes = Int8Array.from(atob(packed), (c) => c.charCodeAt(0));
    const count = bytes.length / 2;
    const top = Math.max(...bytes.map(Math.abs), 1);
    const y = (v) => (50 - v / top * 46).toFixed(1);
    const upper = [], lower = [];
    for (let at = 0; at < count; at++) {
      const x = (at / count * 1000).toFixed(1);
      upper.push(`${x} ${y(bytes[2 * at + 1])}`);
      lower.push(`${x} ${y(bytes[2 * at])}`);
    }
    const picture = frame(100, "wave", `waveform, loudest sample ${(20 * Math.log10(top / 127)).toFixed(0)} dBFS`);
    picture.append(draw("path", { d: `M${upper.join("L")}L${lower.reverse().join("L")}Z` }));
    return head(picture, 100, heads);
  }

  function roll(notes, seconds, heads) {
    const low = Math.min(...notes.map((n) => n[0])) - 2, high = Math.max(...notes.map((n) => n[0])) + 3;
    const tall = 200 / (high - low);
    const picture = frame(200, "roll", `piano roll: ${notes.length} notes from ${pitch(low + 2)} to ${pitch(high - 3)}`);
    for (let key = low; key < high; key++) {
      if ([1, 3, 6, 8, 10].includes(key % 12)) picture.append(draw("rect", { class: "key", x: 0, y: (high - 1 - key) * tall, width: 1000, height: tall }));
    }
    for (const [key, onset, length, velocity] of notes) {
      picture.append(draw("rect", {
        class: "note", rx: 2, x: onset / seconds, y: (high - 1 - key) * tall + 0.5,
        width: Math.max(length / seconds - 1, 3), height: Math.max(tall - 1, 2), "fill-opacity": (0.35 + velocity / 127 * 0.65).toFixed(2),
      }, `${pitch(key)}, ${onset / 1000} s, ${length} ms, velocity ${velocity}`));
    }
    return head(picture, 200, heads);
  }

  const move = (heads, share) => {
    for (const line of heads) {
      line.setAttribute("x1", share * 1000);
      line.setAttribute("x2", share * 1000);
    }
  };

  function player(name, heads) {
    const made = make("audio");
    made.controls = true;
    made.preload = "metadata";
    made.src = `data:audio/flac;base64,${audio[name]}`;
    made.setAttribute("aria-label", "Play this segment");
    const follow = () => {
      move(heads, made.duration ? made.currentTime / made.duration : 0);
      if (!made.paused && made.isConnected) requestAnimationFrame(follow);
    };
    made.addEventListener("play", follow);
    made.addEventListener("seeked", follow);
    return made;
  }

  // Notes without a recording are played plainly, so that they can be checked by ear.
  function listen(notes, seconds, heads) {
    const button = make("button", "▶ Play the notes (a plain tone, not the recording)", "button quiet");
    button.type = "button";
    button.addEventListener("click", () => {
      const context = new AudioContext();
      const start = context.currentTime + 0.05;
      const loud = context.createGain();
      loud.gain.value = 0.25;
      loud.connect(context.destination);
      for (const [key, onset, length, velocity] of notes) {
        const tone = context.createOscillator(), level = context.createGain();
        const from = start + onset / 1000, until = from + Math.max(length / 1000, 0.05);
        tone.type = "triangle";
        tone.frequency.value = 440 * 2 ** ((key - 69) / 12);
        level.gain.setValueAtTime(velocity / 127, from);
        level.gain.exponentialRampToValueAtTime(0.001, until);
        tone.connect(level).connect(loud);
        tone.start(from);
        tone.stop(until);
      }
      button.disabled = true;
      const follow = () => {
        const now = context.currentTime - start;
        move(heads, Math.min(Math.max(now / seconds, 0), 1));
        if (now < seconds && button.isConnected) requestAnimationFrame(follow);
        else {
          button.disabled = false;
          context.close();
        }
      };
      follow();
    });
    return button;
  }

  part("lanes").addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) select(button);
  });
  part("lanes").addEventListener("keydown", (event) => {
    if (!chosen || !(event.key in { ArrowLeft: 1, ArrowRight: 1, ArrowUp: 1, ArrowDown: 1 })) return;
    event.preventDefault();
    const sideways = { ArrowLeft: "previousElementSibling", ArrowRight: "nextElementSibling" }[event.key];
    let next = sideways && chosen[sideways];
    if (!sideways) {
      const buttons = [...panel.querySelectorAll(`.blocks button[data-at="${chosen.dataset.at}"]`)];
      next = buttons[buttons.indexOf(chosen) + (event.key === "ArrowDown" ? 1 : -1)];
    }
    if (!next) return;
    select(next);
    next.focus();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  const asked = () => {
    const id = location.hash.startsWith("#song-") ? location.hash.slice(6) : "";
    return Object.hasOwn(songs, id) ? id : null;
  };
  addEventListener("hashchange", () => asked() && show(asked(), true));
  const heard = Object.keys(audio)[0] ?? Object.keys(media)[0];
  const start = asked() ?? names.find((name) => heard?.startsWith(name)) ?? names[0];
  if (start) show(start, Boolean(asked()));
})();
