// The list of cases: open a case, filter, sort. What a case shows is text until it is opened: hundreds of cases with
// all their tables would take seconds to load.
(() => {
  const table = document.getElementById("cases");
  if (!table) return;
  const bodies = [...table.tBodies].filter((body) => body.id);
  const find = document.getElementById("find");
  const count = document.getElementById("count");
  const filters = [...document.querySelectorAll(".filter button")];
  let kept = null;
  const details = () => (kept = kept || document.getElementById("details").textContent.split("<hr>"));
  const toggle = (body, open) => {
    const button = body.querySelector(".case-button");
    const show = open === undefined ? button.getAttribute("aria-expanded") !== "true" : open;
    button.setAttribute("aria-expanded", String(show));
    const inside = body.rows[1].cells[0];
    if (show && !inside.firstChild) inside.innerHTML = details()[bodies.indexOf(body)];
    body.rows[1].hidden = !show;
  };
  const update = () => {
    const pressed = filters.find((button) => button.getAttribute("aria-pressed") === "true");
    const mark = pressed ? pressed.dataset.mark : "";
    const words = find.value.trim().toLowerCase();
    let shown = 0;
    for (const body of bodies) {
      const fits = (!mark || body.dataset.marks.split(" ").includes(mark)) &&
        (!words || body.rows[0].textContent.toLowerCase().includes(words));
      body.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${shown} / ${bodies.length}`;
  };
  const key = (body, column) => {
    const cell = body.rows[0].cells[column];
    const text = cell.textContent.trim().replace("\u2212", "-");
    const value = Number(cell.dataset.value || text.split(" ")[0] || NaN);
    return [Number.isNaN(value) ? null : value, text];
  };
  const sort = (heading) => {
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const keys = new Map(bodies.map((body) => [body, key(body, heading.cellIndex)]));
    const order = (one, other) => {
      const [a, textA] = keys.get(one);
      const [b, textB] = keys.get(other);
      // what is missing comes last, whichever way the others go
      if (!textA || !textB) return Number(!textA) - Number(!textB);
      const found = a !== null && b !== null ? a - b : textA.localeCompare(textB, undefined, { numeric: true });
      return ascending ? found : -found;
    };
    table.append(...bodies.slice().sort(order));
  };
  const follow = () => {
    const body = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!body || !bodies.includes(body)) return;
    toggle(body, true);
    body.scrollIntoView();
  };
  table.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.classList.contains("sort")) sort(button.closest("th"));
    else toggle(button.closest("tbody"));
  });
  for (const button of filters) {
    button.addEventListener("click", () => {
      for (const other of filters) other.setAttribute("aria-pressed", String(other === button));
      update();
    });
  }
  find.addEventListener("input", update);
  window.addEventListener("hashchange", follow);
  update();
  follow();
})();
