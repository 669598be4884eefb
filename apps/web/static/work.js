// Keys of the pages where stewards work: an element with data-key is pressed by that key; j and k also walk a list.
"use strict";

(function () {
  const typing = (element) => element.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

  function shown(element) {
    return element.getClientRects().length > 0 && !element.disabled;
  }

  function walk(step) {
    const links = [...document.querySelectorAll("[data-walk] .what")];
    if (!links.length) return false;
    const at = links.indexOf(document.activeElement.closest("li")?.querySelector(".what"));
    const next = links[Math.min(Math.max(at + step, 0), links.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.isComposing) return;
    if (typing(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "x") {
      const tick = document.activeElement.closest("li")?.querySelector("input[type=checkbox]");
      if (tick) {
        tick.click();
        return;
      }
    }
    if ((event.key === "j" && walk(1)) || (event.key === "k" && walk(-1))) {
      event.preventDefault();
      return;
    }
    const pressed = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key && shown(one));
    if (pressed) {
      event.preventDefault();
      pressed.click();
    }
  });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens).showModal();
    const all = event.target.closest("[data-ticks]");
    if (all) for (const box of document.querySelectorAll(all.dataset.ticks)) box.checked = all.checked;
  });

  // A form that is on its way is not sent twice by a second press.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    if (event.target.dataset.sent) {
      event.preventDefault();
      return;
    }
    event.target.dataset.sent = "1";
    setTimeout(() => delete event.target.dataset.sent, 10000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // What was done is told to who does not see it: a live region speaks when it changes, not when it is loaded.
  document.addEventListener("DOMContentLoaded", () => {
    const told = document.querySelector("p[data-tell], [data-tell] p");
    const notice = document.getElementById("notice");
    if (told && notice) setTimeout(() => { notice.textContent = told.textContent.replace(/\s+/g, " ").trim(); }, 200);
    document.querySelector("[data-focus]")?.focus();
  });
})();
