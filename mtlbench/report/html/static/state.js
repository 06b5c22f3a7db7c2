// The page's state is its address: each part keeps its keys after the #, and draws itself anew when the address changes.
"use strict";
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => Array.from(within.querySelectorAll(selector));
const told = $("#told");
const board = JSON.parse($("#board").textContent);
const parts = []; // functions that draw a part from the state
let state = new URLSearchParams();

// An element with attributes and children; text goes in as text alone, never as markup.
function make(name, attributes = {}, ...children) {
  const svg = ["svg", "line", "circle", "text"].includes(name);
  const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// JSON that was gzipped and written as base64.
async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
}

// The state with changes; a place alone is a plain anchor. Empty values are left out.
function address(changes) {
  const next = new URLSearchParams(state);
  for (const [key, value] of Object.entries(changes)) {
    if (value) next.set(key, value);
    else next.delete(key);
  }
  const keys = [...next.keys()];
  return "#" + (keys.length === 1 && keys[0] === "at" ? next.get("at") : next);
}

function keep(changes) {
  history.replaceState(null, "", address(changes));
  state = current();
}

function current() {
  const hash = location.hash.slice(1);
  return new URLSearchParams(hash.includes("=") ? hash : hash && { at: decodeURIComponent(hash) });
}

function draw() {
  const before = state.get("at");
  state = current();
  for (const part of parts) part();
  const here = document.getElementById(state.get("at") ?? "");
  for (const each of $$(".here")) each.classList.remove("here");
  here?.classList.add("here");
  if (here && state.get("at") !== before) here.scrollIntoView();
}

// A link within the page moves there and leaves the rest of the state as it is.
document.addEventListener("click", (event) => {
  const target = event.target.closest("a[href^='#']")?.getAttribute("href").slice(1);
  if (!target || target.includes("=")) return;
  event.preventDefault();
  history.pushState(null, "", address({ at: target }));
  state.delete("at");
  draw();
});
addEventListener("hashchange", draw);
addEventListener("popstate", draw);
addEventListener("DOMContentLoaded", draw);
