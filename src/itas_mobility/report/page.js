"use strict";
/* Language, shown scenario and shown site of the page. */
(function () {
  const root = document.documentElement;
  const all = (selector) => [...document.querySelectorAll(selector)];

  function setLanguage(language) {
    root.lang = language;
    for (const part of all("[data-text-de]")) part.textContent = language === "de" ? part.dataset.textDe : part.dataset.textEn;
    for (const part of all("[data-label-de]")) part.setAttribute("aria-label", language === "de" ? part.dataset.labelDe : part.dataset.labelEn);
    for (const button of all("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
    window.itasReport.change({ language });
  }
  function setRun(run) {
    for (const select of all(".pick-run")) select.value = String(run);
    for (const panel of all(".panel[data-run]")) panel.hidden = panel.dataset.run !== String(run);
    for (const part of all("[data-own]")) {
      const isShown = part.dataset.own === String(run);
      part.toggleAttribute("data-shown", isShown);
      if (isShown) part.parentNode.append(part); // over the others
    }
    for (const part of all("[data-of]")) part.toggleAttribute("hidden", !part.dataset.of.split(" ").includes(String(run)));
    window.itasReport.change({ run });
  }
  for (const button of all("[data-language]")) button.addEventListener("click", () => setLanguage(button.dataset.language));
  for (const select of all(".pick-run")) select.addEventListener("change", () => setRun(Number(select.value)));
  const sites = document.getElementById("pick-site");
  if (sites) {
    sites.addEventListener("change", () => {
      for (const panel of all(".site-panel")) panel.hidden = panel.dataset.site !== sites.value;
    });
  }
  // on paper everything is open, and afterwards as it was
  let closed = [];
  addEventListener("beforeprint", () => { closed = all("details:not([open])"); for (const part of closed) part.open = true; });
  addEventListener("afterprint", () => { for (const part of closed) part.open = false; });
  // a reloaded page may keep what was chosen in its selects, but not what is shown
  setRun(window.itasReport.data.shown);
  setLanguage(root.lang);
  root.dataset.ready = "true";
})();
