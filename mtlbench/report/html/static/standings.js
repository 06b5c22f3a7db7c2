// The ranking under given weights, from replicates: the same as mtlbench/analysis/reweighing.py, which says what is computed.
function unpackReplicates({ scores, scales, count, steps }) {
  const bytes = Uint8Array.from(atob(steps), (sign) => sign.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  const drawn = scores.map((row, s) => row.map((score, t) => {
    if (score === null) return null;
    return Float64Array.from({ length: count }, () => {
      const step = view.getInt16(2 * at++, true);
      return step === -32768 ? NaN : score + scales[s][t] * step;
    });
  }));
  return { scores, drawn, count };
}

const sum = (values) => values.reduce((total, value) => total + value, 0);

// Linear between order statistics, as NumPy's; of sorted values.
function quantile(sorted, share) {
  const place = share * (sorted.length - 1), below = Math.floor(place);
  const next = sorted[Math.min(below + 1, sorted.length - 1)];
  return sorted[below] + (place - below) * (next - sorted[below]);
}

function interval(totals, confidence) {
  const defined = totals.filter((each) => !Number.isNaN(each)).sort();
  if (defined.length < 0.95 * totals.length || !defined.length) return [null, null];
  return [quantile(defined, (1 - confidence) / 2), quantile(defined, (1 + confidence) / 2)];
}

// For each model, those (by their place) that it is better than.
function superior(values, totals, confidence) {
  const better = values.map(() => new Set());
  const defined = [...(totals[0] ?? []).keys()].filter((b) => totals.every((each) => !Number.isNaN(each[b])));
  if (defined.length < 0.95 * (totals[0]?.length ?? 0) || !defined.length) return better;
  const largest = new Float64Array(defined.length), pairs = [];
  for (let i = 0; i < values.length; i++) for (let j = i + 1; j < values.length; j++) {
    const away = defined.map((b) => totals[i][b] - totals[j][b]);
    const mean = sum(away) / away.length;
    const error = Math.sqrt(sum(away.map((each) => (each - mean) ** 2)) / away.length);
    if (error <= 1e-9) continue;
    away.forEach((each, b) => { largest[b] = Math.max(largest[b], Math.abs(each - mean) / error); });
    pairs.push([i, j, (values[i] - values[j]) / error]);
  }
  const bound = quantile(largest.sort(), confidence);
  for (const [i, j, ratio] of pairs) if (Math.abs(ratio) > bound) better[ratio > 0 ? i : j].add(ratio > 0 ? j : i);
  return better;
}

function standings(weights, { scores, drawn, count }, confidence) {
  const whole = sum(weights);
  const tasks = [...weights.keys()].filter((t) => weights[t] > 0);
  const rows = scores.map((row, model) => {
    const covered = sum(tasks.map((t) => (row[t] === null ? 0 : weights[t] / whole)));
    const missing = tasks.filter((t) => row[t] === null);
    const value = missing.length ? null : sum(tasks.map((t) => (weights[t] / whole) * row[t]));
    return { model, coverage: covered, missing, value };
  });
  const ranked = rows.filter((row) => row.value !== null).sort((a, b) => b.value - a.value);
  const totals = ranked.map(({ model }) => {
    const total = new Float64Array(count);
    for (const t of tasks) drawn[model][t].forEach((each, b) => { total[b] += (weights[t] / whole) * each; });
    return total;
  });
  const better = superior(ranked.map((row) => row.value), totals, confidence);
  let start = 0, group = 0;
  ranked.forEach((row, place) => {
    if (place === 0 || better.slice(start, place).some((each) => each.has(place))) [start, group] = [place, group + 1];
    [row.low, row.high] = interval(totals[place], confidence);
    row.rank = 1 + ranked.filter((other) => other.value > row.value).length;
    row.best = 1 + better.filter((each) => each.has(place)).length;
    row.worst = ranked.length - better[place].size;
    row.group = group;
  });
  return { ranked, unranked: rows.filter((row) => row.value === null).sort((a, b) => b.coverage - a.coverage) };
}
