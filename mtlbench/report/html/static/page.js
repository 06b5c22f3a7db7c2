// Sorting of tables, and print with all details open. Nothing else on the page needs a script.
"use strict";
(() => {
  const told = document.getElementById("told");

  // A cell without a value sorts last in both directions: it is missing, not small.
  function key(row, column) {
    const cell = row.cells[column];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    const text = cell.textContent.trim();
    return cell.matches(".null, .void") || text === "" || text === "–" ? null : text;
  }

  function compare(a, b, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (typeof a === "number" && typeof b === "number") return sign * (a - b);
    return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
  }

  function sort(header) {
    const table = header.closest("table");
    const body = table.tBodies[0];
    const now = header.getAttribute("aria-sort");
    const first = header.hasAttribute("data-up") ? "ascending" : "descending";
    const other = first === "ascending" ? "descending" : "ascending";
    const order = now === first ? other : first;
    const sign = order === "ascending" ? 1 : -1;
    for (const each of table.tHead.querySelectorAll("[aria-sort]")) each.setAttribute("aria-sort", "none");
    header.setAttribute("aria-sort", order);
    const rows = Array.from(body.rows, (row) => [key(row, header.cellIndex), row]);
    rows.sort((a, b) => compare(a[0], b[0], sign));
    body.append(...rows.map((pair) => pair[1]));
    told.textContent = `Sorted by ${header.querySelector("bdi").textContent}, ${order}`;
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("table[data-sortable] thead button");
    if (button) sort(button.closest("th"));
  });

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const each of opened) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
  });
})();
