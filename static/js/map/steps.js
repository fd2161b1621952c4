// The first-visit path: shown until it is hidden, and again when asked for.
const KEY = "earthscape-first-steps";
const box = document.querySelector("[data-steps]");

function wasHidden() {
  try {
    return window.localStorage.getItem(KEY) === "hidden";
  } catch {
    return false; // storage is switched off: show the steps, they can be hidden for this visit
  }
}

function setHidden(hidden) {
  box.hidden = hidden;
  try {
    window.localStorage.setItem(KEY, hidden ? "hidden" : "shown");
  } catch {
    return; // likewise
  }
}

export function startSteps() {
  box.hidden = wasHidden();
  document.querySelector("[data-steps-close]").addEventListener("click", () => setHidden(true));
  document.querySelector("[data-steps-open]").addEventListener("click", () => {
    setHidden(false);
    box.scrollIntoView({ block: "start" });
    box.querySelector("a")?.focus();
  });
}
