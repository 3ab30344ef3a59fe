// Where explorers stand: in place of the still pictures of runs and of state graphs, wherever a report is shown as HTML.
//
// Enters: an element with the HTML of a report, and the report. Leaves: an explorer for each such picture; the picture stays
// for paper. In a page that was written whole, [`start`] finds reports and sources by itself.

import { h } from "./dom.js";
import { Explorer } from "./explorer.js";
import { GraphExplorer, graphOf } from "./graph.js";
import { Run, runsOf } from "./run.js";
import { PAGE_STYLE } from "./style.js";

/** @typedef {import("./explorer.js").Surroundings} Surroundings */

/** Which runs there are, where each is to be found, and what is known of its picture. */
export class Runs {
  constructor() {
    /** @type {{run: Run, picture: HTMLElement, open: () => Explorer}[]} */
    this.known = [];
  }

  list() {
    this.known = this.known.filter(({ picture }) => picture.isConnected);
    return this.known.map(({ run }) => run);
  }

  /** @param {Run} run */
  still(run) {
    const known = this.known.find((k) => k.run.id === run.id && k.picture instanceof HTMLImageElement);
    return known?.picture.getAttribute("src") ?? (run.still || null);
  }

  /**
   * Opens what a link names.
   * @param {string} hash
   */
  follow(hash) {
    const named = /^#rcv-([0-9a-f]{6})-(\d+)$/.exec(hash);
    const known = named && this.known.find(({ run }) => run.id === named[1]);
    if (!named || !known) return false;
    for (let at = known.picture.closest("details"); at; at = at.parentElement?.closest("details") ?? null) at.open = true;
    const explorer = known.open();
    explorer.goTo(Number(named[2]));
    explorer.element.scrollIntoView({ block: "start" });
    explorer.story?.list.focus({ preventScroll: true });
    return true;
  }
}

/**
 * Puts explorers in place of the pictures of runs.
 * @param {HTMLElement} element With the HTML of the report.
 * @param {any} report
 * @param {{runs: Runs, place: () => string, jump: Surroundings["jump"], ask: Surroundings["ask"]}} where
 */
export function enhance(element, report, where) {
  const document = element.ownerDocument;
  if (!document.getElementById("rcv-explorer-style")) {
    document.head.append(h("style", { id: "rcv-explorer-style" }, PAGE_STYLE));
  }
  // A run of which nothing hangs has its steps in place of a picture.
  const pictures = /** @type {HTMLElement[]} */ ([...element.querySelectorAll(".rcv-run")]);
  const runs = runsOf(report);
  const { jump, ask } = where;
  /** @type {Surroundings} */
  const around = { runs: () => where.runs.list(), still: (run) => where.runs.still(run), jump, ask };
  runs.forEach((run, i) => {
    const picture = pictures[i];
    const box = picture instanceof HTMLImageElement ? picture.parentElement : picture;
    if (!picture || !box) return;
    run.place = where.place;
    const open = opening(box, () => new Explorer(run, around));
    where.runs.known.push({ run, picture, open });
    begin(box, open);
  });
  const graph = graphOf(report);
  const still = element.querySelector("img.rcv-graph");
  const box = still?.parentElement;
  if (graph && still && box) begin(box, opening(box, () => new GraphExplorer(graph, still.getAttribute("src") ?? "")));
}

/**
 * What puts an explorer before a box, once.
 * @template {Explorer | GraphExplorer} E
 * @param {HTMLElement} box
 * @param {() => E} make
 */
function opening(box, make) {
  /** @type {E | null} */
  let made = null;
  return () => {
    if (made === null) {
      const explorer = make();
      made = explorer;
      box.before(explorer.element);
      box.classList.add("rcv-still");
      explorer.element.addEventListener("rcv-still", () => swap(explorer, box));
    }
    return made;
  };
}

/**
 * At once; of what is folded, when it is opened.
 * @param {HTMLElement} box
 * @param {() => unknown} open
 */
function begin(box, open) {
  const folded = box.closest("details");
  if (folded === null || folded.open) open();
  else folded.addEventListener("toggle", () => void open(), { once: true });
}

/**
 * The still picture instead of the explorer, until the reader wants it back.
 * @param {Explorer | GraphExplorer} explorer
 * @param {HTMLElement} box
 */
function swap(explorer, box) {
  explorer.element.style.display = "none";
  box.classList.add("rcv-wanted");
  const back = h("button", { type: "button" }, explorer instanceof Explorer ? "Explore this run" : "Explore these states");
  back.addEventListener("click", () => {
    back.remove();
    box.classList.remove("rcv-wanted");
    explorer.element.style.display = "";
    explorer.focus();
  });
  box.before(back);
  back.focus();
}

/** In a page that was written whole: every report lies beside its HTML, also those that come later, each with an event. */
export function start() {
  const runs = new Runs();
  /** @param {Element} script */
  const found = (script) => {
    const element = /** @type {HTMLElement | null} */ (script.previousElementSibling);
    if (element === null) return;
    const place = () => script.getAttribute("data-cell") ?? "";
    enhance(element, JSON.parse(script.textContent ?? ""), { runs, place, jump, ask: null });
  };
  for (const script of document.querySelectorAll("script.rcv-report")) found(script);
  document.addEventListener("rcv-report", ({ target }) => void (target instanceof Element && found(target)));
  runs.follow(location.hash);
  addEventListener("hashchange", () => void runs.follow(location.hash));
}

/**
 * Shows a line of a source that is on the page.
 * @param {import("./run.js").Piece} piece
 */
function jump(piece) {
  const shown = [...document.querySelectorAll("[data-source]")].find((d) => d.getAttribute("data-source") === piece.name);
  const text = shown?.querySelector("pre");
  if (!shown || !text) return false;
  const folded = shown.closest("details");
  if (folded) folded.open = true;
  const whole = text.textContent ?? "";
  const begins = whole.split("\n").slice(0, piece.line - 1).join("\n").length + (piece.line > 1 ? 1 : 0);
  const ends = whole.indexOf("\n", begins) < 0 ? whole.length : whole.indexOf("\n", begins);
  const range = document.createRange();
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  let at = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const length = node.textContent?.length ?? 0;
    if (at <= begins && begins <= at + length) range.setStart(node, begins - at);
    if (at <= ends && ends <= at + length) {
      range.setEnd(node, ends - at);
      break;
    }
    at += length;
  }
  text.tabIndex = -1;
  text.focus({ preventScroll: true });
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
  scrollBy({ top: range.getBoundingClientRect().top - innerHeight / 3 });
  return true;
}
