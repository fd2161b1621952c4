// The side panel with everything about one tile; a sheet from below on narrow screens.
import { showThumbs } from "../thumbs.js";

const panel = document.querySelector("[data-panel]");
const body = panel.querySelector("[data-panel-body]");
const others = panel.querySelector("[data-panel-others]");
let asked = 0;

function sentence(text) {
  const note = document.createElement("p");
  note.className = "soft";
  note.textContent = text;
  return note;
}

export async function openPanel(id, { runs, focus }) {
  asked += 1;
  const mine = asked;
  panel.hidden = false;
  const query = runs ? `?runs=${encodeURIComponent(runs)}` : "";
  const reply = await fetch(`/tiles/${encodeURIComponent(id)}/panel/${query}`).catch(() => null);
  if (mine !== asked) return;
  if (reply?.ok) {
    body.innerHTML = await reply.text();
  } // our own template, escaped by the server
  else {
    body.replaceChildren(
      sentence(
        reply?.status === 404
          ? "This tile does not exist, or you may not see it."
          : "The tile could not be loaded. Try again.",
      ),
    );
  }
  for (const box of body.querySelectorAll("[data-thumbs]")) showThumbs(box);
  if (focus) panel.focus();
}

export function offerOthers(tiles, onChoose) {
  others.hidden = !tiles.length;
  others.replaceChildren(
    Object.assign(document.createElement("span"), { className: "small soft", textContent: "Also here:" }),
  );
  for (const tile of tiles) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      className: "button small",
      textContent: tile.properties.patch_id,
    });
    button.addEventListener("click", () => onChoose(tile));
    others.append(button);
  }
}

export function closePanel() {
  asked += 1;
  panel.hidden = true;
  body.replaceChildren();
}

export function onPanelClose(listener) {
  panel.querySelector("[data-panel-close]").addEventListener("click", listener);
  panel.addEventListener("keydown", (event) => event.key === "Escape" && listener());
}
