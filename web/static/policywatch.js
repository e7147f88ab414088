// What makes a page handier for those who let scripts run; every page works without.
"use strict";

(function stepThroughChanges() {
  const stepper = document.querySelector("[data-stepper]");
  const rows = Array.from(document.querySelectorAll("[data-change]"));
  if (!stepper || !rows.length) return;
  const place = stepper.querySelector("[data-place]");
  const keys = stepper.querySelector("[data-keys]");
  let at = rows.findIndex((row) => "#" + row.id === location.hash);

  function show(next) {
    if (next < 0 || next >= rows.length) return;
    rows[at]?.classList.remove("current");
    at = next;
    const row = rows[at];
    row.classList.add("current");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
    history.replaceState(null, "", "#" + row.id);
    place.textContent = "Change " + (at + 1) + " of " + rows.length;
  }

  stepper.hidden = false;
  stepper.addEventListener("click", (event) => {
    const step = event.target.closest("[data-step]");
    if (step) show(at + Number(step.dataset.step));
  });

  // Keys of one letter can be turned off (WCAG 2.1.4): some people's software types them by itself.
  keys.checked = localStorage.getItem("keys") !== "off";
  keys.addEventListener("change", () => localStorage.setItem("keys", keys.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea");
    if (!keys.checked || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "n" || event.key === "j") show(at + 1);
    if (event.key === "p" || event.key === "k") show(at - 1);
  });
  if (at >= 0) show(at);
})();

(function tickAll() {
  const list = document.querySelector(".inbox");
  if (!list) return;
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  label.append(box, " Tick all");
  label.className = "tick-all";
  list.before(label);
  box.addEventListener("change", () => {
    for (const each of list.querySelectorAll("input[type=checkbox]")) each.checked = box.checked;
  });
})();
