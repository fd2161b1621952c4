// How often each class occurs, by region.
import { dataOf, draw, SERIES_COLOURS } from "./chart.js";

const points = dataOf("frequencies-data");
const classes = [...new Set(points.map((point) => point.class))];
const narrow = window.matchMedia("(max-width: 40rem)").matches;
const regions = [...new Set(points.map((point) => point.region))];

draw(document.getElementById("frequencies"), {
  width: "container",
  height: 260,
  autosize: { type: "fit", contains: "padding" },
  data: { values: points },
  mark: { type: "bar", tooltip: true },
  encoding: {
    x: { field: "class", type: "nominal", sort: classes, title: "Class", axis: { labelAngle: 0 } },
    xOffset: { field: "region", sort: regions },
    y: {
      field: "share",
      type: "quantitative",
      title: "Share of tiles that hold it",
      axis: { format: ".0%" },
      scale: { domain: [0, 1] },
    },
    color: {
      field: "region",
      type: "nominal",
      sort: regions,
      title: null,
      scale: { range: SERIES_COLOURS },
      legend: { orient: "top", columns: narrow ? 1 : 2 },
    },
  },
});
