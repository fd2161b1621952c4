// The comparison: ticking runs, and the chart under the tables.
import "./run-choice.js";
import { dataOf, draw, SERIES_COLOURS } from "./chart.js";

const NARROW = 720;

function specification(points, title, room) {
  const classes = [...new Set(points.map((point) => point.class))];
  const runs = [...new Set(points.map((point) => point.run))];
  const legend = { orient: "bottom", columns: room < NARROW ? 1 : 2 };
  return {
    data: { values: points },
    facet: { field: "domain", type: "nominal", title: null, sort: ["In domain", "Cross domain"] },
    columns: room < NARROW ? 1 : 2,
    spec: {
      width: room < NARROW ? Math.max(180, room - 80) : (room - 150) / 2,
      height: Math.max(200, 34 * classes.length),
      mark: { type: "point", filled: true, size: 90, opacity: 0.9, tooltip: true },
      encoding: {
        x: { field: "value", type: "quantitative", title, scale: { domain: [0, 1] } },
        y: { field: "class", type: "nominal", sort: classes, title: null, axis: { grid: true } },
        yOffset: { field: "run", sort: runs },
        color: { field: "run", type: "nominal", sort: runs, title: null, scale: { range: SERIES_COLOURS }, legend },
        shape: { field: "run", type: "nominal", sort: runs, title: null, legend },
      },
    },
  };
}

function drawScores(box) {
  let drawnFor = 0;
  const drawFor = () => {
    if (box.clientWidth === drawnFor) return;
    drawnFor = box.clientWidth;
    draw(box, specification(dataOf("scores-data"), dataOf("metric-name"), drawnFor));
  };
  let waiting;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(drawFor, 200);
  });
  drawFor();
}

const box = document.getElementById("scores");
if (box) drawScores(box);
for (const list of document.querySelectorAll("[data-compare-form] select")) {
  list.addEventListener("change", () => list.form.requestSubmit());
}
