// The navigation behind its button on narrow screens.
const button = document.querySelector(".menu-button");
const menu = document.getElementById("menu");

function setOpen(open) {
  menu.classList.toggle("open", open);
  button.setAttribute("aria-expanded", String(open));
}

button.addEventListener("click", () => setOpen(!menu.classList.contains("open")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !menu.classList.contains("open")) return;
  setOpen(false);
  button.focus();
});
