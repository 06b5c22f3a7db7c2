// Downloads of the results that the page holds: the whole as JSON, each of its lists as CSV.
// A field that a spreadsheet would take for a formula gets an apostrophe before it; numbers are left as they are.
function field(value) {
  if (value === null || value === undefined) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  const safe = typeof value !== "number" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

// A list of the results travels as columns; the n-th row of it.
const rowOf = (table, n) => Object.fromEntries(Object.entries(table).map(([key, column]) => [key, column[n]]));
const rowsOf = (table) => Object.values(table)[0].map((_, n) => rowOf(table, n));

function csv(table) {
  const lines = [Object.keys(table), ...rowsOf(table).map(Object.values)];
  return lines.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}

function json({ whole, tables }) {
  for (const [key, table] of Object.entries(tables)) whole[key] = rowsOf(table);
  return JSON.stringify(whole, null, 1);
}

document.addEventListener("click", async (event) => {
  const wanted = event.target.closest("button[data-download]")?.dataset.download;
  if (!wanted) return;
  const results = await unpack($("#results").textContent);
  const [name, type, content] = wanted === "results"
    ? ["results.json", "application/json", json(results)] : [`${wanted}.csv`, "text/csv", csv(results.tables[wanted])];
  const url = URL.createObjectURL(new Blob([content], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
});
