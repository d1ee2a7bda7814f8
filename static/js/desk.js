// The small things a staff page does by itself. Everything works without it.
"use strict";

// A tap beside the phone's menu closes it; so does Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu-sm[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.menu-sm[open]")) {
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
