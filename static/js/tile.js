// The page of one tile.
import { showThumbs } from "./thumbs.js";

for (const box of document.querySelectorAll("[data-thumbs]")) showThumbs(box);
