// The small things a staff page does by itself. Everything works without it.
"use strict";

// A tap beside the phone's menu closes it; so does Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.phone-menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.phone-menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A form that sends itself when a filter changes: <form data-send-on-change>. A search box sends while one types;
// leaving it for a button of the list must not draw that list again under the button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-send-on-change]");
  if (form && event.target.type !== "search") form.requestSubmit();
});

// Signed out meanwhile: the whole page goes to sign in, and comes back; a piece of it must not become that page.
// What was typed and not sent yet stays on the screen.
document.addEventListener("htmx:beforeSwap", (event) => {
  const address = event.detail.xhr.responseURL;
  if (!address || !new URL(address).pathname.startsWith("/tai-khoan/dang-nhap/")) return;
  event.detail.shouldSwap = false;
  const isTyped = (one) => "defaultValue" in one && (one.value !== one.defaultValue || one.checked !== one.defaultChecked);
  const unsent = [...document.forms].some((form) => form.method === "post" && [...form.elements].some(isTyped));
  if (!unsent && !document.querySelector("[data-dirty]:not([hidden])")) location.reload();
});

// A page that brings itself up to date asks nothing while its tab is behind others, and at once when it comes back.
const asking = '[hx-get][hx-trigger*="every "]';
document.addEventListener("htmx:confirm", (event) => {
  const isByItself = !event.detail.triggeringEvent && event.detail.elt.matches(asking);
  if (document.hidden && isByItself) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const piece of document.querySelectorAll(asking)) htmx.ajax("GET", piece.getAttribute("hx-get"), { source: piece });
});
