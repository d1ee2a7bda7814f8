// “Cả xã” ticks every village, and unticks itself when one of them is left out.
"use strict";

for (const all of document.querySelectorAll("input[data-all]")) {
  const boxes = () => [...document.querySelectorAll(`input[name="${all.dataset.all}"]`)];
  all.addEventListener("input", () => {
    for (const box of boxes()) box.checked = all.checked;
  });
  for (const box of boxes()) {
    box.addEventListener("input", () => {
      all.checked = boxes().every((one) => one.checked);
    });
  }
}
