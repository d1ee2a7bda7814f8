// The page of an import: what was corrected and not read yet stands in the bar at the foot, and after a reading the
// page comes back to its place. Everything works without it.
"use strict";

function isChanged(control) {
  if (control.tagName !== "SELECT") return control.value.trim() !== control.defaultValue.trim();
  const options = [...control.options];
  return !(options.find((option) => option.defaultSelected) || options[0]).selected;
}

function tell() {
  const form = document.getElementById("decide");
  const foot = document.getElementById("foot");
  if (!form || !foot) return;
  const controls = [...form.elements].filter((one) => ["field", "village", "text"].includes(one.name));
  const corrected = controls.filter(isChanged);
  const changed = corrected.length;
  const section = changed && corrected.at(-1).closest("#columns, #villages, #problems");
  for (const one of foot.querySelectorAll("[data-dirty]")) {
    one.hidden = !changed;
    if (section && one.form) [one.name, one.value] = ["at", section.id]; // where the page comes back to
  }
  for (const one of foot.querySelectorAll("[data-clean]")) one.hidden = changed > 0;
  for (const one of foot.querySelectorAll("[data-count]")) one.textContent = changed;
  const here = [...form.elements].filter((one) => one.name === "gone" && one.checked).length;
  for (const words of document.querySelectorAll("[data-gone]")) {
    const marked = here + Number(words.dataset.elsewhere);
    words.textContent = marked ? words.dataset.some.replace("%n", marked) : words.dataset.none;
  }
}
document.addEventListener("input", tell);
document.addEventListener("DOMContentLoaded", tell); // a browser that goes back keeps what was typed
window.addEventListener("pageshow", tell);

document.addEventListener("htmx:afterSettle", () => {
  tell();
  const place = location.hash && document.getElementById(location.hash.slice(1));
  if (!place || document.querySelector("#import[hx-get]")) return;
  place.scrollIntoView();
  place.tabIndex = -1; // the next Tab goes on from here
  place.focus({ preventScroll: true });
});

// A chosen file brings its button into sight, and a large file on a slow line is sent once, however often one taps.
document.addEventListener("change", (event) => {
  const button = event.target.type === "file" && event.target.form.querySelector("[data-busy]");
  if (button) button.scrollIntoView({ block: "center" });
});
document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("[data-busy]");
  if (!button) return;
  if (button.disabled) return event.preventDefault();
  const words = button.querySelector("span");
  [button.dataset.idle, words.textContent] = [words.textContent, button.dataset.busy];
  button.disabled = true;
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-idle]")) {
    button.querySelector("span").textContent = button.dataset.idle;
    button.disabled = false;
  }
});

// What opens at the foot of a phone's screen comes into sight.
document.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.matches("details.undo")) event.target.scrollIntoView({ block: "nearest" });
}, true);
