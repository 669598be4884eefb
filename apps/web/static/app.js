// What the pages need of the browser: the form token on HTMX requests, times and numbers in the reader's way,
// errors told, and keys. No page depends on it to be read.
"use strict";

(function () {
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
  const number = new Intl.NumberFormat();

  function localise(root) {
    for (const element of root.querySelectorAll("time[datetime]:not([data-done])")) {
      const at = new Date(element.dateTime);
      if (!isNaN(at)) {
        element.title = element.dateTime;
        element.textContent = (element.hasAttribute("data-day") ? day : moment).format(at);
      }
      element.dataset.done = "";
    }
    for (const element of root.querySelectorAll("data[value]:not([data-done])")) {
      const value = Number(element.value);
      if (!isNaN(value)) element.textContent = number.format(value);
      element.dataset.done = "";
    }
  }

  function tell(text) {
    const notice = document.getElementById("notice");
    notice.textContent = text;
    notice.classList.add("shown");
    clearTimeout(tell.timer);
    tell.timer = setTimeout(() => notice.classList.remove("shown"), 8000);
  }

  document.addEventListener("DOMContentLoaded", () => localise(document));
  document.addEventListener("htmx:load", (event) => localise(event.target));
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf]").content;
  });
  document.addEventListener("htmx:responseError", (event) => {
    const parsed = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const told = parsed.querySelector("[role=alert]");
    tell(told ? told.textContent.trim() : "This did not work. Reload the page and try again.");
  });
  document.addEventListener("htmx:sendError", () => tell("The hub does not answer. Check the connection, then try again."));

  // A form asks before it does what can't be undone: <form data-confirm="...">.
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  // "/" goes to the search field of the page, if there is one.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const field = document.querySelector("input[type=search]");
    if (field) {
      event.preventDefault();
      field.focus();
    }
  });
})();
