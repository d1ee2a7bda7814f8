// A button that copies a text of the page: <button hidden data-copy="id" data-copied="said afterwards">. It shows
// itself only where it can work; the text can always be marked and copied by hand.
"use strict";

function showCopyButtons(within) {
  if (!navigator.clipboard) return;
  for (const button of within.querySelectorAll("[data-copy]")) button.hidden = false;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.querySelector("span").textContent = button.dataset.copied;
});
document.addEventListener("htmx:load", (event) => showCopyButtons(event.detail.elt));
showCopyButtons(document);
