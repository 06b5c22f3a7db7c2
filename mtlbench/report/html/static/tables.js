// Sorting of tables, kept in the address as table:column:order; reasons of missing numbers; print with all details open.
for (const link of $$("a[href^='#note-']")) {
  link.title = $(link.getAttribute("href")).textContent;
  link.setAttribute("aria-describedby", link.getAttribute("href").slice(1));
}

const tables = $$("table[data-sortable]");

// A cell without a value sorts last in both directions: it is missing, not small.
function sortKey(row, column) {
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

function sort(header, order) {
  const table = header.closest("table");
  for (const each of $$("[aria-sort]", table.tHead)) each.setAttribute("aria-sort", "none");
  header.setAttribute("aria-sort", order);
  const rows = Array.from(table.tBodies[0].rows, (row) => [sortKey(row, header.cellIndex), row]);
  rows.sort((a, b) => compare(a[0], b[0], order === "ascending" ? 1 : -1));
  table.tBodies[0].append(...rows.map((pair) => pair[1]));
}

function sortAsKept() {
  for (const each of (state.get("sort") ?? "").split(",").filter(Boolean)) {
    const [table, column, order] = each.split(":");
    const header = tables[table]?.tHead.rows[0].cells[column];
    if (header?.hasAttribute("aria-sort")) sort(header, order === "up" ? "ascending" : "descending");
  }
}

document.addEventListener("click", (event) => {
  const header = event.target.closest("table[data-sortable] thead button")?.closest("th");
  if (!header) return;
  const now = header.getAttribute("aria-sort");
  const first = header.hasAttribute("data-up") ? "ascending" : "descending";
  const other = first === "ascending" ? "descending" : "ascending";
  const order = now === first ? other : first;
  sort(header, order);
  const number = tables.indexOf(header.closest("table"));
  const others = (state.get("sort") ?? "").split(",").filter((each) => each && !each.startsWith(`${number}:`));
  keep({ sort: [...others, `${number}:${header.cellIndex}:${order === "ascending" ? "up" : "down"}`].join() });
  told.textContent = `Sorted by ${$("bdi", header).textContent}, ${order}`;
});

let opened = [];
addEventListener("beforeprint", () => {
  opened = $$("details:not([open])");
  for (const each of opened) each.open = true;
});
addEventListener("afterprint", () => {
  for (const each of opened) each.open = false;
});
