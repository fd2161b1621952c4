// Ticked runs become one `runs=1,2,3` in the address of the comparison.
const form = document.querySelector("[data-run-choice]");
const count = form?.querySelector("[data-run-count]");

function ticked() {
  return [...form.querySelectorAll("input[name=run]:checked")].map((box) => box.value);
}

function tellCount() {
  const number = ticked().length;
  count.textContent = number ? `${number} ticked` : "";
}

function goCompare(event) {
  event.preventDefault();
  if (!ticked().length) {
    count.textContent = "Tick at least one run first.";
    return;
  }
  window.location.assign(`${form.action}?runs=${ticked().join(",")}`);
}

form?.addEventListener("change", tellCount);
form?.addEventListener("submit", goCompare);
