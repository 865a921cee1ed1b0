// What the page does beyond reading: relative times, the theme, filters, and the one question.
"use strict";

const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function ago(element) {
  const seconds = (Date.parse(element.dateTime) - Date.now()) / 1000;
  if (Number.isNaN(seconds)) return;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
  element.title = element.textContent;
  element.textContent = new Intl.RelativeTimeFormat("en", { numeric: "auto" })
    .format(Math.round(seconds / size), unit);
}

function theme(button) {
  const root = document.documentElement;
  const dark = () => root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  const say = () => button.setAttribute("aria-pressed", String(dark()));
  button.hidden = false;
  say();
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    localStorage.setItem("hueset-theme", root.dataset.theme);
    say();
  });
}

function filter(input) {
  const rows = document.querySelectorAll(`${input.dataset.filter} tbody tr`);
  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

function line(tag, text, className) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function answer(form, reply) {
  const query = new URLSearchParams(new FormData(form));
  if (!query.get("dimensions").trim()) {
    // Without a name the question is whether the version passed; a number of examples means nothing.
    query.delete("dimensions");
    query.delete("min");
  }
  const response = await fetch(`${form.dataset.ready}?${query}`, { headers: { accept: "application/json" } });
  const told = await response.json();
  const parts = [];
  if (typeof told.ready !== "boolean") {
    parts.push(line("p", `${told.detail}. ${told.hint ?? ""}`, "no"));
  } else {
    const first = line("p", "", told.ready ? "yes" : "no");
    first.append(line("b", told.ready ? "Yes." : "Not yet."));
    if (told.ready) first.append(told.asked.length ? " Everything you asked for is trainable." : " The version passed; name what you want to learn to be sure of it.");
    parts.push(first);
    const list = document.createElement("ul");
    for (const reason of told.reasons) list.append(line("li", reason));
    if (told.reasons.length) parts.push(list);
  }
  reply.replaceChildren(...parts);
  const names = query.get("dimensions") || "NAMES";
  for (const guard of document.querySelectorAll("[data-guard]")) {
    guard.textContent = guard.dataset.guard === "shell"
      ? `hueset ready ${form.dataset.ready.split("/").at(-2)} --dimensions ${names} --min ${query.get("min") || 0}`
      : `curl -fsS "${location.origin}${form.dataset.ready}?dimensions=${encodeURIComponent(names).replaceAll("%2C", ",").replaceAll("%3A", ":")}&min=${query.get("min") || 0}"`;
  }
}

for (const element of document.querySelectorAll("time[data-ago]")) ago(element);
for (const button of document.querySelectorAll("[data-theme-toggle]")) theme(button);
for (const input of document.querySelectorAll("input[data-filter]")) filter(input);
for (const form of document.querySelectorAll("form[data-ready]")) {
  const reply = document.querySelector("[data-reply]");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answer(form, reply).catch(() => form.submit());
  });
}
