// Weights that a reader moves: the ranking and the tasks' overall column, drawn anew from replicates. Kept as `w`.
const weighing = $("#weighing");
const replicates = board.replicates && unpackReplicates(board.replicates);
const presets = {
  declared: () => board.tasks.map((task) => task.weight),
  equal: () => board.tasks.map(() => 1),
  size: () => board.tasks.map((task) => task.n),
};
const rankTable = $("#ranking table");
const intro = $("#ranking .intro");
const declared = { intro: Array.from(intro.childNodes), bodies: Array.from(rankTable.tBodies), labels: $$("thead .labels text", rankTable), caption: $("caption", rankTable).textContent };
const named = new Map($$("#ranking tr[data-model]").map((row) => [Number(row.dataset.model), $("th", row)]));
const overallCells = new Map($$("#tasks tr[data-model]").map((row) => [Number(row.dataset.model), row.cells[1]]));
const declaredCells = new Map([...overallCells].map(([model, cell]) => [model, cell.cloneNode(true)]));
const shares = $$("#tasks tfoot .share");
const fixed = (value) => value.toFixed(1).replace(/^-(0\.0)$/, "$1").replace("-", "−");
const percent = (share) => `${+(100 * share).toFixed(1)}%`;
const letter = (group) => (group > 26 ? `${group}` : String.fromCharCode(64 + group));

function kept() {
  const text = state.get("w") ?? "declared";
  if (presets[text]) return presets[text]();
  const weights = text.split(",").map(Number);
  const usable = weights.length === board.tasks.length && weights.every((each) => each >= 0 && each < Infinity);
  return usable && sum(weights) ? weights : presets.declared();
}

function axisOver(values) {
  const low = Math.min(...values), high = Math.max(...values), rough = Math.max(high - low, 0.5) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9));
  const first = Math.floor(low / step), last = Math.max(Math.ceil(high / step), first + 1);
  const place = (value) => `${(100 * (0.06 + (0.88 * (value / step - first)) / (last - first))).toFixed(2)}%`;
  return { ticks: Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step), place };
}

function whisker(row, { ticks, place }) {
  const drawing = make("svg", { "aria-hidden": "true" });
  for (const tick of ticks) drawing.append(make("line", { class: "grid", x1: place(tick), x2: place(tick), y1: "0", y2: "100%" }));
  if (row.low !== null) drawing.append(make("line", { class: "arm", x1: place(row.low), x2: place(row.high), y1: "50%", y2: "50%" }));
  drawing.append(make("circle", { cx: place(row.value), cy: "50%", r: "4" }));
  return make("td", { class: "axis" }, drawing);
}

function rankedRow(row, place, rows, axis) {
  const between = row.low === null ? "" : `[${fixed(row.low)}, ${fixed(row.high)}]`;
  const range = row.best === row.worst ? `${row.best}` : `${row.best}–${row.worst}`;
  return make("tr", { class: place && rows[place - 1].group !== row.group ? "opens" : null },
    make("td", { class: "rank", "data-v": place }, range),
    named.get(row.model).cloneNode(true),
    make("td", { class: "num score", "data-v": row.value }, fixed(row.value), make("small", {}, between)),
    whisker(row, axis),
    make("td", { class: "mid", "data-v": row.group }, make("span", { class: "group" }, letter(row.group))),
    make("td", { class: "num", "data-v": row.coverage }, percent(row.coverage)));
}

function unrankedRow(row) {
  const names = row.missing.map((t) => board.tasks[t].name);
  const why = `no score on ${names.slice(0, 3).join(", ")}${names.length > 3 ? ` and ${names.length - 3} more` : ""}`;
  return make("tr", {}, make("td", { class: "rank" }, "–"), named.get(row.model).cloneNode(true),
    make("td", { class: "num" }, "–"), make("td", { class: "why" }, make("bdi", {}, why)), make("td"),
    make("td", { class: "num" }, percent(row.coverage)));
}

function redraw({ ranked, unranked }) {
  const ends = ranked.flatMap((row) => (row.low === null ? [row.value] : [row.value, row.low, row.high]));
  const axis = axisOver(ends.length ? ends : [0, 100]);
  const bodies = [make("tbody", {}, ...ranked.map((row, place) => rankedRow(row, place, ranked, axis)))];
  if (unranked.length) {
    const title = make("th", { colspan: 6, scope: "rowgroup" }, "Not ranked: a model needs a score on every task that counts");
    bodies.push(make("tbody", { class: "unranked" }, make("tr", { class: "divider" }, title), ...unranked.map(unrankedRow)));
  }
  const labels = axis.ticks.map((tick) => make("text", { x: axis.place(tick), y: "50%" }, String(+tick.toFixed(6)).replace("-", "−")));
  const first = ranked[0] ? `${board.models[ranked[0].model]} has the highest overall score, ${fixed(ranked[0].value)}` : "no model is ranked";
  told.textContent = `Under your weights ${first}.`;
  replaceRanking([told.textContent], bodies, labels, `Overall score under your weights with ${percent(board.confidence)} interval, from ${replicates.count} `
    + "resamples that all models share. A rank is a range where a bootstrap of all pairs cannot tell models apart.");
}

function replaceRanking(said, bodies, labels, caption) {
  intro.replaceChildren(...said);
  for (const each of Array.from(rankTable.tBodies)) each.remove();
  rankTable.append(...bodies);
  $("thead .labels", rankTable).replaceChildren(...labels);
  $("caption", rankTable).textContent = caption;
}

function overall(rows) {
  for (const { model, value, low, high } of rows) {
    const cell = overallCells.get(model);
    cell.className = value === null ? "null" : "";
    cell.replaceChildren(value === null ? "–" : fixed(value), low === null || value === null ? "" : make("small", {}, `${fixed(low)}–${fixed(high)}`));
    if (value === null) delete cell.dataset.v;
    else cell.dataset.v = value;
  }
}

// Sliders stand at their share of the largest weight, halfway up, so that each can be raised.
function showWeights(weights) {
  const whole = sum(weights), largest = Math.max(...weights);
  const given = state.get("w")?.includes(",");
  for (const [t, slider] of $$("input", weighing).entries()) {
    slider.value = given ? weights[t] : (50 * weights[t]) / largest;
    const share = percent(weights[t] / whole);
    slider.setAttribute("aria-valuetext", share);
    $("output", slider.parentElement).textContent = share;
    shares[t].textContent = share;
  }
  for (const button of $$("button", weighing)) button.setAttribute("aria-pressed", button.value === (state.get("w") ?? "declared"));
}

function drawWeights() {
  const weights = kept();
  showWeights(weights);
  if (!state.get("w")) {
    replaceRanking(declared.intro, declared.bodies, declared.labels, declared.caption);
    for (const [model, cell] of overallCells) {
      overallCells.set(model, declaredCells.get(model).cloneNode(true));
      cell.replaceWith(overallCells.get(model));
    }
    return;
  }
  const found = standings(weights, replicates, board.confidence);
  redraw(found);
  overall([...found.ranked, ...found.unranked]);
}

if (weighing && replicates) {
  weighing.hidden = false;
  weighing.addEventListener("input", () => {
    const weights = $$("input", weighing).map((slider) => Number(slider.value));
    if (!sum(weights)) return;
    keep({ w: weights.map((each) => +each.toFixed(1)).join() });
    drawWeights();
    sortAsKept();
  });
  weighing.addEventListener("click", (event) => {
    const preset = event.target.closest("button")?.value;
    if (!preset) return;
    keep({ w: preset === "declared" ? "" : preset });
    drawWeights();
    sortAsKept();
  });
  parts.push(drawWeights);
}
parts.push(sortAsKept);
