// Both are extras: the page is whole without them. “Opened” after three seconds in view; reading aloud.
(() => {
  const seen = document.currentScript.dataset.seen, button = document.getElementById("read");
  const speech = window.speechSynthesis;
  let timer, voice;
  const watch = () => {
    clearTimeout(timer);
    if (document.visibilityState == "visible") timer = setTimeout(() => {
      document.removeEventListener("visibilitychange", watch);
      navigator.sendBeacon(seen);
    }, 3000);
  };
  if (seen && navigator.sendBeacon) { document.addEventListener("visibilitychange", watch); watch(); }
  if (!speech || !button) return;
  const find = () => {
    voice = speech.getVoices().find((v) => /^vi/i.test(v.lang));
    button.hidden = !voice;
  };
  speech.onvoiceschanged = find;
  find();
  addEventListener("pagehide", () => speech.cancel());
  button.onclick = () => {
    const on = !speech.speaking;
    speech.cancel();
    button.ariaPressed = on;
    // One piece per line: some phones cut long speech short.
    if (on) for (const line of document.querySelectorAll("#letter :is(h1,.when,dt,dd,p,li)")) {
      const words = new SpeechSynthesisUtterance(line.innerText);
      words.voice = voice;
      words.lang = "vi-VN";
      words.onend = () => { if (!speech.pending) button.ariaPressed = false; };
      speech.speak(words);
    }
  };
})();
