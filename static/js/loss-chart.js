// Loss over epochs, one line for training and one for validation, told apart by colour and dash.
import { SERIES_COLOURS } from "./chart.js";

export function lossChart(points) {
  return {
    width: "container",
    height: 240,
    autosize: { type: "fit", contains: "padding" },
    data: { name: "points", values: points },
    mark: { type: "line", point: { filled: true, size: 28 }, tooltip: true },
    encoding: {
      x: {
        field: "epoch",
        type: "quantitative",
        title: "Epoch",
        axis: { tickMinStep: 1, format: "d", labelOverlap: true },
        scale: { nice: false },
      },
      y: { field: "loss", type: "quantitative", title: "Loss", scale: { zero: false } },
      color: {
        field: "series",
        type: "nominal",
        title: null,
        scale: { domain: ["training", "validation"], range: SERIES_COLOURS.slice(0, 2) },
        legend: { orient: "top" },
      },
      strokeDash: {
        field: "series",
        type: "nominal",
        title: null,
        scale: { domain: ["training", "validation"] },
        legend: { orient: "top" },
      },
    },
  };
}
