// Vega-Lite, loaded when a page first draws, run without eval by its interpreter.
const THEME = {
  background: null,
  font: "system-ui, sans-serif",
  axis: {
    labelColor: "#595448",
    titleColor: "#24211b",
    gridColor: "#e4dfd2",
    domainColor: "#8d8675",
    tickColor: "#8d8675",
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 600,
  },
  legend: { labelColor: "#24211b", titleColor: "#24211b", labelFontSize: 12, labelLimit: 260, symbolSize: 110 },
  header: { labelFontSize: 13, labelFontWeight: 600, titleColor: "#24211b" },
  view: { stroke: "#d8d2c4" },
};
export const SERIES_COLOURS = ["#2d5a4c", "#b0571e", "#3a6ea5", "#8a3f74", "#7a6a12", "#4d4a45", "#1f8a83", "#a33535"];

let library;

function addScript(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.async = false;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${address} did not load`));
    document.head.append(script);
  });
}

async function load() {
  const addresses = document.querySelector("meta[name=chart-scripts]").content.split(" ");
  await Promise.all(addresses.map(addScript));
  const { expressionInterpreter } = await import("vega-interpreter");
  return { embed: window.vegaEmbed, interpreter: expressionInterpreter };
}

/** Draw a specification into an element and return Vega's view, or null with a sentence for people in its place. */
export async function draw(element, specification) {
  try {
    library ??= load();
    const { embed, interpreter } = await library;
    element.replaceChildren();
    const options = {
      actions: false,
      ast: true,
      expr: interpreter,
      defaultStyle: false,
      tooltip: { disableDefaultStyle: true },
      renderer: "canvas",
      config: THEME,
    };
    const { view } = await embed(element, specification, options);
    return view;
  } catch (error) {
    const note = document.createElement("p");
    note.className = "soft";
    note.textContent = "The chart could not be drawn here; the table holds the same numbers.";
    element.replaceChildren(note);
    console.error(error);
    return null;
  }
}

export function dataOf(id) {
  return JSON.parse(document.getElementById(id).textContent);
}
