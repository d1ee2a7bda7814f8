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
  const changed = controls.filter(isChanged).length;
  for (const one of foot.querySelectorAll("[data-dirty]")) one.hidden = !changed;
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
  if (place && !document.querySelector("#import[hx-get]")) place.scrollIntoView();
});
