// Examples: chosen, filtered, paged, and held against their references word by word. Kept as task, show, right, wrong, find,
// mark, page and sample.
const panel = $("#samples");
const PAGE = 50, LONGEST_DIFF = 300;
const SHOW = { "": "the telling ones first", invalid: "invalid outputs", wrong: "all models wrong", differ: "models differ" };
const BADGES = { invalid: "invalid output", wrong: "all wrong", differ: "models differ" };
const unpacked = new Map(); // task → promise of its examples
const arriving = new Map(); // task → what resolves it, while its file loads

// What a file data/<task>.js calls.
function take(task, text) {
  arriving.get(task)?.(text);
}

function load(task) {
  const script = make("script", { src: `data/${encodeURIComponent(task)}.js` });
  return new Promise((resolve, reject) => {
    arriving.set(task, resolve);
    script.addEventListener("error", () => reject(new Error(`data/${task}.js is not beside this page`)));
    document.head.append(script);
  });
}

function examples(number) {
  const [task] = board.samples[number];
  if (!unpacked.has(task)) unpacked.set(task, (board.apart ? load(task) : Promise.resolve($(`#samples-${number}`).textContent)).then(unpack));
  return unpacked.get(task);
}

// Words of a text as [word, whether it is in the longest common subsequence with the other text].
function common(words, others) {
  const table = Array.from({ length: words.length + 1 }, () => new Uint16Array(others.length + 1));
  for (let i = words.length - 1; i >= 0; i--) for (let j = others.length - 1; j >= 0; j--) {
    table[i][j] = words[i] === others[j] ? table[i + 1][j + 1] + 1 : Math.max(table[i + 1][j], table[i][j + 1]);
  }
  const steps = [];
  for (let i = 0, j = 0; i < words.length || j < others.length;) {
    if (i < words.length && j < others.length && words[i] === others[j]) steps.push(["same", words[i++], j++]);
    else if (j < others.length && (i === words.length || table[i][j + 1] >= table[i + 1][j])) steps.push(["del", others[j++]]);
    else steps.push(["ins", words[i++]]);
  }
  return steps;
}

// An answer beside its reference: words that are not in it are marked, and those that are missing are struck out.
function held(answer, references) {
  const cut = (text) => text.split(/\s+/u).filter(Boolean);
  const words = cut(answer);
  const wordy = references.map(cut).filter((each) => each.length <= LONGEST_DIFF);
  if (references.includes(answer) || words.length < 2 || words.length > LONGEST_DIFF || !wordy.length) return [answer];
  const kept = (steps) => steps.filter(([kind]) => kind === "same").length;
  const best = wordy.map((each) => common(words, each)).reduce((a, b) => (kept(b) > kept(a) ? b : a));
  if (!kept(best)) return [answer];
  return best.flatMap(([kind, word]) => [kind === "same" ? word : make(kind, {}, word), " "]);
}

function verdict(value) {
  if (value === null) return make("span", { class: "mark" }, "·");
  if (value === 1) return make("span", { class: "mark good", title: "right" }, "✓");
  if (value === 0) return make("span", { class: "mark bad", title: "wrong" }, "✗");
  return make("span", { class: "mark", title: "score of this example alone" }, (100 * value).toFixed(0));
}

// One line for all models of the same answer and value.
function answerRows(models, [, , , references, answers, values]) {
  const same = new Map();
  answers.forEach((answer, m) => {
    const key = JSON.stringify([answer, values[m]]);
    same.set(key, [...(same.get(key) ?? []), m]);
  });
  return Array.from(same.values(), (those) => {
    const answer = answers[those[0]];
    const invalid = Array.isArray(answer);
    const text = make("bdi", { class: "said" }, ...(invalid ? [answer[0] || "(nothing)"] : held(answer, references)));
    const names = make("bdi", { class: "by" }, those.map((m) => models[m]).join(", "));
    return make("div", { class: "answer" }, verdict(values[those[0]]), make("div", {}, text,
      invalid ? make("small", { class: "bad" }, " no answer that the task can read") : ""), names);
  });
}

function card({ models, columns }, row) {
  const [id, kind, input, references, , , marks] = row;
  const badge = BADGES[kind] ? make("span", { class: `badge ${kind}` }, BADGES[kind]) : "";
  const about = marks.map((mark, n) => (mark === null ? "" : `${columns[n]}: ${mark}`)).filter(Boolean).join(" · ");
  return make("article", { class: "sample" },
    make("header", {}, make("a", { href: address({ sample: id }) }, make("bdi", {}, id)), badge, make("bdi", { class: "about" }, about)),
    make("p", { class: "input" }, make("bdi", {}, input)),
    make("div", { class: "answer reference" }, make("span", { class: "mark" }, "="),
      make("div", {}, ...references.map((each) => make("bdi", { class: "said" }, each))), make("span", { class: "by" }, "reference")),
    ...answerRows(models, row));
}

function fits({ models }, [id, kind, input, references, answers, values, marks]) {
  const model = (key) => models.indexOf(state.get(key));
  const find = (state.get("find") ?? "").toLowerCase();
  const text = [id, input, ...references, ...answers.flat()];
  return (!state.get("show") || kind === state.get("show"))
    && (model("right") < 0 || values[model("right")] === 1)
    && (model("wrong") < 0 || (values[model("wrong")] !== null && values[model("wrong")] < 1))
    && (!state.get("mark") || marks.includes(state.get("mark")))
    && (!find || text.some((each) => each.toLowerCase().includes(find)));
}

function choose(name, options, value) {
  const list = Object.entries(options).map(([key, label]) => make("option", { value: key }, label));
  $(`[name=${name}]`, panel).replaceChildren(...list);
  $(`[name=${name}]`, panel).value = Object.hasOwn(options, value) ? value : "";
}

async function drawSamples() {
  const asked = state.get("task");
  const number = Math.max(0, board.samples.findIndex(([task]) => task === asked));
  const [task, total] = board.samples[number];
  const list = $("#sample-list");
  if (asked === null && board.apart) return; // the first paint waits for no file
  let known;
  try {
    known = await examples(number);
  } catch (error) {
    $("#sample-count").textContent = `Examples of ${task} cannot be shown: ${error.message}.`;
    return list.replaceChildren();
  }
  if (asked !== state.get("task")) return undefined; // another was chosen while this one loaded
  const models = Object.fromEntries(known.models.map((model) => [model, model]));
  const marks = [...new Set(known.rows.flatMap((row) => row[6]).filter((mark) => mark !== null))].sort().slice(0, 200);
  choose("task", Object.fromEntries(board.samples.map((each) => [each[0], each[0]])), task);
  choose("show", SHOW, state.get("show") ?? "");
  choose("right", { "": "any model", ...models }, state.get("right") ?? "");
  choose("wrong", { "": "any model", ...models }, state.get("wrong") ?? "");
  choose("mark", { "": "all", ...Object.fromEntries(marks.map((mark) => [mark, mark])) }, state.get("mark") ?? "");
  $("[name=mark]", panel).parentElement.hidden = !marks.length;
  if (document.activeElement !== $("[name=find]", panel)) $("[name=find]", panel).value = state.get("find") ?? "";
  const one = state.get("sample");
  const rows = known.rows.filter((row) => (one ? row[0] === one : fits(known, row)));
  const pages = Math.max(1, Math.ceil(rows.length / PAGE));
  const page = Math.min(Math.max(1, parseInt(state.get("page") ?? "1", 10) || 1), pages);
  list.replaceChildren(...rows.slice((page - 1) * PAGE, page * PAGE).map((row) => card(known, row)));
  const held = known.rows.length < total ? `${known.rows.length} of ${total.toLocaleString("en")} examples are on this page` : `${total.toLocaleString("en")} examples`;
  $("#sample-count").textContent = one && !rows.length ? `Example ${one} is not among the examples of ${task} on this page.` : `${rows.length.toLocaleString("en")} shown; ${held}.`;
  const link = (label, changes) => make("a", { href: address(changes) }, label);
  $("#sample-pages").replaceChildren(
    ...(one ? [link("All examples", { sample: "" })] : []),
    ...(page > 1 ? [link("← Before", { page: page - 1 })] : []),
    ...(pages > 1 ? [`Page ${page} of ${pages}`] : []),
    ...(page < pages ? [link("Next →", { page: page + 1 })] : []));
  if (one && shownSample !== one) panel.scrollIntoView();
  shownSample = one;
  return undefined;
}

let shownSample = null;
if (panel) {
  panel.addEventListener("input", (event) => {
    const { name, value } = event.target;
    const anew = name === "task" ? { show: "", right: "", wrong: "", mark: "", find: "" } : {};
    keep({ ...anew, [name]: value, page: "", sample: "" });
    drawSamples();
  });
  if (board.apart) choose("task", { "": "choose a task", ...Object.fromEntries(board.samples.map(([task]) => [task, task])) }, "");
  panel.hidden = false;
  parts.push(drawSamples);
}
