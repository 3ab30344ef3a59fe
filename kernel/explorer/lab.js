// The explorer in JupyterLab: our MIME type is shown as its HTML, and the pictures of runs in it become explorers.
//
// Enters: JupyterLab's own parts, as the extension found them. Leaves: a renderer, safe in notebooks that are not trusted: the
// HTML goes through JupyterLab's own sanitizer, and what the explorer makes of a report is text.

import { h } from "./dom.js";
import { Runs, enhance } from "./page.js";
import { runsOf, written } from "./run.js";
import { OUTPUT_STYLE } from "./style.js";

const MIME = "application/vnd.reconverge+json";

/**
 * @typedef {any} Lab What is JupyterLab's has no types here.
 * @typedef {import("./explorer.js").Answer} Answer
 */

/** The address as it was when JupyterLab was opened: it rewrites it. */
const asked = location.hash;

/** @type {WeakMap<object, Runs>} The runs of each notebook. */
const shown = new WeakMap();

/** @type {Runs} */
const elsewhere = new Runs();

/** Whether the link was followed. */
let followed = false;

/**
 * A factory of renderers.
 * @param {{Widget: Lab, PanelLayout: Lab, rendermime: Lab, tracker: Lab | null}} lab
 */
export function factory({ Widget, PanelLayout, rendermime, tracker }) {
  document.head.append(h("style", { id: "rcv-output-style" }, OUTPUT_STYLE));
  class Renderer extends Widget {
    constructor() {
      super();
      this.layout = new PanelLayout();
      this.addClass("jp-RenderedReconverge");
    }

    /** @param {Lab} model */
    async renderModel(model) {
      const html = model.data["text/html"] === undefined ? "text/plain" : "text/html";
      const inner = rendermime.createRenderer(html);
      for (const old of [...this.layout.widgets]) old.dispose();
      this.layout.addWidget(inner);
      await inner.renderModel(model);
      const report = model.data[MIME];
      if (!report?.drawn) return;
      await attached(this.node);
      this.explore(inner.node, report);
    }

    /**
     * @param {HTMLElement} node
     * @param {Lab} report
     */
    explore(node, report) {
      const panel = panelOf(tracker, node);
      const runs = panel === null ? elsewhere : (shown.get(panel) ?? new Runs());
      if (panel !== null) shown.set(panel, runs);
      // The number of a cell is known once it has run, and changes when it runs again; before, none is said.
      const prompt = () => node.closest(".jp-CodeCell")?.querySelector(".jp-InputPrompt")?.textContent ?? "";
      const place = () => /\[\d+\]/.exec(prompt())?.[0] ?? "";
      const kernel = () => panel?.sessionContext?.session?.kernel ?? null;
      enhance(node, report, {
        runs,
        place,
        jump: (piece) => panel !== null && jump(panel, piece),
        ask: panel === null ? null : (code) => ask(kernel(), code),
      });
      if (!followed) followed = runs.follow(asked);
    }
  }
  return { safe: true, mimeTypes: [MIME], defaultRank: 40, createRenderer: () => new Renderer() };
}

/**
 * Resolves once an element is on the page: before, nobody knows which notebook it belongs to.
 * @param {HTMLElement} node
 * @returns {Promise<void>}
 */
function attached(node) {
  return new Promise((done) => {
    const look = (left = 600) => (node.isConnected || left === 0 ? done() : void setTimeout(() => look(left - 1), 50));
    look();
  });
}

/**
 * The notebook that an output stands in.
 * @param {Lab} tracker
 * @param {HTMLElement} node
 */
function panelOf(tracker, node) {
  /** @type {Lab} */
  let found = null;
  tracker?.forEach((/** @type {Lab} */ panel) => {
    if (panel.node.contains(node)) found = panel;
  });
  return found;
}

/**
 * A cell, executed beside the session: what it defines, starts or finds is forgotten (a user expression, in the words of the
 * protocol).
 * @param {Lab} kernel
 * @param {string} code
 * @returns {Promise<Answer>}
 */
async function ask(kernel, code) {
  if (kernel === null) return { error: "no kernel is running: execute a cell first" };
  const request = { code: "", silent: true, store_history: false, stop_on_error: false, user_expressions: { explorer: code } };
  const reply = await replied(kernel, request);
  const answer = reply?.content?.user_expressions?.explorer;
  if (answer?.status !== "ok") return { error: answer?.evalue ?? reply?.content?.evalue ?? "the kernel does not answer" };
  const report = answer.data?.[MIME];
  if (report?.report === "value") {
    const { once, steps } = report.values;
    if (steps) return { values: steps.map((/** @type {any} */ [label, value]) => [label, written(value ?? undefined)]) };
    return { values: [["", written(once)]] };
  }
  const run = report === undefined ? undefined : runsOf(report)[0];
  if (run === undefined) return { error: "there is no such run" };
  const page = new DOMParser().parseFromString(String(answer.data["text/html"]), "text/html");
  run.still = page.querySelector("img.rcv-run")?.getAttribute("src") ?? "";
  return { run };
}

/**
 * What the kernel says. A cell that ends with an error takes along what waits behind it, which is asked again then.
 * @param {Lab} kernel
 * @param {Lab} request
 */
async function replied(kernel, request) {
  for (let left = 20; ; left--) {
    try {
      const reply = await kernel.requestExecute(request, true).done;
      if (reply?.content?.status !== "aborted" || left === 0) return reply;
    } catch {
      // It was restarted.
      return null;
    }
  }
}

/**
 * Shows a line of a cell.
 * @param {Lab} panel
 * @param {import("./run.js").Piece} piece
 */
function jump(panel, piece) {
  const number = /^cell (\d+)$/.exec(piece.name)?.[1];
  const cells = panel.content.widgets;
  const index = cells.findIndex((/** @type {Lab} */ c) => String(c.model.executionCount ?? "") === number);
  if (number === undefined || index < 0) return false;
  panel.content.activeCellIndex = index;
  const cell = cells[index];
  void panel.content.scrollToItem?.(index);
  panel.content.mode = "edit";
  const [start, end] = [{ line: piece.line - 1, column: 0 }, { line: piece.line, column: 0 }];
  cell.editor?.setSelection({ start, end });
  cell.editor?.focus();
  return true;
}
