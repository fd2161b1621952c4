// The training curves of one run.
import { dataOf, draw } from "./chart.js";
import { lossChart } from "./loss-chart.js";

draw(document.getElementById("curves"), lossChart(dataOf("curves-data")));
