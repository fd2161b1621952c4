// The form beside the map: fills its lists from the facts, shows a state, and says what was chosen.
const form = document.querySelector("[data-controls]");
const MODALITIES = {
  mask: "Map units",
  aerial: "Aerial imagery",
  dem: "Elevation",
  s: "Slope",
  prc: "Profile curvature",
  plc: "Planform curvature",
  ep: "Elevation percentile",
  sds: "Standard deviation of slope",
  nhd: "Water",
  osm: "Roads and railways",
  prcu: "Profile curvature, plain",
  plcu: "Planform curvature, plain",
  rel: "Elevation less its mean",
  tpi: "Topographic position index",
  hand: "Height above nearest drainage",
  hillshade: "Hillshade",
};

function option(value, label) {
  return Object.assign(document.createElement("option"), { value, textContent: label });
}

/** What is made says so in every list. */
function named({ name, made }) {
  return made ? `${name} (made)` : name;
}

function groups(items, groupOf, optionOf) {
  const byGroup = Map.groupBy ? Map.groupBy(items, groupOf) : groupBy(items, groupOf);
  return [...byGroup].map(([label, members]) => {
    const group = Object.assign(document.createElement("optgroup"), { label });
    group.append(...members.map(optionOf));
    return group;
  });
}

function groupBy(items, groupOf) {
  const found = new Map();
  for (const item of items) found.set(groupOf(item), [...(found.get(groupOf(item)) ?? []), item]);
  return found;
}

function fill(name, children, emptyWords) {
  const list = form.elements[name];
  list.replaceChildren(...(children.length ? children : [option("", emptyWords)]));
  list.disabled = !children.length;
}

export function fillLists(facts) {
  fill(
    "region",
    groups(
      facts.regions,
      (r) => r.area,
      (r) => option(r.slug, named(r)),
    ),
    "No region yet",
  );
  fill(
    "class",
    facts.units.map((u) => option(u.symbol, `${u.symbol}, ${u.name}`)),
    "No classes yet",
  );
  fill(
    "split",
    facts.splits.map((s) => option(s.id, named(s))),
    "No split yet",
  );
  fill(
    "run",
    facts.runs.map((r) => option(r.id, named(r))),
    "No run has predictions by tile yet",
  );
}

export function fillChannels(region) {
  const channels = region?.channels ?? [];
  const children = [option("", channels.length ? "None" : "No rasters are stored for this region")];
  children.push(
    ...groups(
      channels,
      (c) => MODALITIES[c.modality] ?? c.modality,
      (c) => option(c.name, c.title),
    ),
  );
  form.elements.channel.replaceChildren(...children);
  form.elements.channel.disabled = !channels.length;
  form.querySelector("[data-region-note]").textContent =
    region && !channels.length
      ? "Published with footprints and labels only: its tiles can be shown, its channels cannot."
      : "";
  const page = form.querySelector("[data-region-page]");
  page.hidden = !region;
  if (region) page.href = page.dataset.regionPage.replace("REGION", region.slug);
}

export function showState(state) {
  for (const name of ["region", "channel", "colour", "class", "split", "run"]) {
    const list = form.elements[name];
    if ([...list.options].some((choice) => choice.value === String(state[name]))) list.value = state[name];
  }
  form.elements.opacity.value = state.opacity;
  form.elements.units.checked = state.units;
  form.querySelector("[data-opacity]").textContent = `${state.opacity} %`;
  form.querySelector("[data-channel-more]").hidden = !state.channel;
  for (const field of form.querySelectorAll("[data-for]")) {
    field.hidden = !field.dataset.for.split(" ").includes(state.colour);
  }
}

export function setUnitsPossible(possible) {
  form.elements.units.disabled = !possible;
}

export function onChoice(listener) {
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (!target.name) return;
    const value =
      target.type === "checkbox" ? target.checked : target.type === "range" ? Number(target.value) : target.value;
    listener(target.name, value);
  });
}

export function tell(text) {
  form.querySelector("[data-live]").textContent = text;
}
