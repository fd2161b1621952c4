// Legends: of a channel from its TileJSON, of map units, of the tiles' colours.
import { swatch } from "./patterns.js";

function entry(mark, ...words) {
  const item = document.createElement("li");
  item.append(mark, ...words);
  return item;
}

function signed(look) {
  const box = document.createElement("span");
  box.className = "sign";
  box.style.background = look.colour;
  box.style.color = look.light ? "#fff" : "#24211b";
  box.setAttribute("aria-hidden", "true");
  box.textContent = look.sign;
  return box;
}

export function showLooks(list, looks) {
  list.replaceChildren(...looks.map((look) => entry(signed(look), ` ${look.label}`)));
}

export function showUnits(list, units, { visible }) {
  list.hidden = !visible;
  list.replaceChildren(
    ...units.map((unit, index) => entry(swatch(unit.colour, index), ` ${unit.symbol}, ${unit.name}`)),
  );
}

function ramp(stops) {
  const bar = document.createElement("div");
  bar.className = "ramp";
  bar.style.background = `linear-gradient(to right, ${stops.map((stop) => stop.colour).join(", ")})`;
  bar.setAttribute("aria-hidden", "true");
  const ends = document.createElement("div");
  ends.className = "ramp-ends";
  for (const stop of [stops[0], stops[Math.floor(stops.length / 2)], stops.at(-1)]) {
    ends.append(Object.assign(document.createElement("span"), { textContent: stop.label }));
  }
  return [bar, ends];
}

export function showChannelLegend(box, legend) {
  const stops = legend?.stops ?? [];
  if (!stops.length) {
    box.replaceChildren();
    return;
  }
  if (legend.kind === "continuous" || legend.kind === "image") {
    box.replaceChildren(...ramp(stops));
    return;
  }
  const list = document.createElement("ul");
  list.className = "legend";
  list.append(...stops.map((stop) => entry(swatch(stop.colour), ` ${stop.label}`)));
  box.replaceChildren(list);
}
