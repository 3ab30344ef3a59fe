// The steps of one run as a list beside its lanes: one row for each step, one of them the current one.
//
// Enters: a run and its rows. Leaves: an element, and calls of `chosen` when the reader picks a row.

import { counted, h, heard } from "./dom.js";
import { ROW, columns, drawing } from "./lanes.js";
import { Run, line, written } from "./run.js";

/** @typedef {import("./lanes.js").Row} Row */

/** A list of steps. */
export class Story {
  /**
   * @param {(row: number) => void} chosen
   * @param {(row: number) => void} opened Of a row that stands for several steps.
   * @param {(position: number) => void} followed Of the other end of a message.
   */
  constructor(chosen, opened, followed) {
    this.chosen = chosen;
    this.opened = opened;
    this.row = -1;
    /** @type {Row[]} */
    this.rows = [];
    /** @type {HTMLElement[]} */
    this.options = [];
    /** @type {number[]} Where each row begins, and where the last one ends. */
    this.tops = [];
    /** @type {(tops: number[], line: number) => string} */
    this.drawn = () => "";
    this.heads = h("div", { class: "heads", "aria-hidden": "true" });
    this.canvas = h("div", { class: "canvas" });
    this.canvas.addEventListener("click", (event) => {
      const arrow = /** @type {Element} */ (event.target).closest(".arrow");
      const ends = [arrow?.getAttribute("data-sent"), arrow?.getAttribute("data-arrived")].map(Number);
      const here = this.rows[this.row]?.to;
      const [sent, arrived] = ends;
      followed(arrived > 0 && here !== arrived ? arrived : sent);
    });
    this.list = h("div", { class: "list", role: "listbox", tabindex: "0" });
    this.end = h("p", { class: "end" });
    this.element = h("div", { class: "story" }, this.heads, h("div", { class: "rows" }, this.list, this.canvas), this.end);
    this.list.addEventListener("click", (event) => {
      const option = /** @type {Element} */ (event.target).closest("[role=option]");
      const row = this.options.indexOf(/** @type {HTMLElement} */ (option));
      if (row < 0) return;
      if (row === this.row && this.rows[row].folded > 0) this.opened(row);
      else this.chosen(row);
    });
  }

  /**
   * Draws a run.
   * @param {Run} run
   * @param {Row[]} rows
   * @param {{name: string, only: Set<number>, room: number, close: boolean}} how `only`: the rows that the run beside it has not.
   */
  show(run, rows, { name, only, room, close }) {
    this.rows = rows;
    this.row = -1;
    const lanes = columns(run, room, close);
    this.element.style.setProperty("--lanes", `${lanes.width}px`);
    this.list.setAttribute("aria-label", name);
    this.heads.classList.toggle("upright", lanes.upright);
    this.heads.replaceChildren(
      ...lanes.shown.map((lane) =>
        h("span", { style: `width:${lanes.spacing}px`, title: run.lanes[lane] }, h("b", {}, run.lanes[lane])),
      ),
    );
    this.drawn = (tops, line) => drawing(run, rows, lanes, tops, line);
    this.canvas.replaceChildren();
    this.options = rows.map((row, i) => this.option(run, row, i, only.has(i)));
    this.list.replaceChildren(...this.options);
    this.end.textContent = run.ends ? "Nothing can happen any more, or has to." : "";
    if (run.ends && run.decides === run.last) this.end.append(h("b", {}, ` ${run.drawn.mark}`));
    this.end.hidden = !run.ends;
  }

  /** Whether all of it is in sight. */
  whole() {
    this.canvas.replaceChildren();
    return this.element.scrollHeight <= this.element.clientHeight;
  }

  /** How high the words of each row are: where there is little room they stand on several lines. */
  heights() {
    for (const option of this.options) option.style.minHeight = "";
    return this.options.map((option) => option.offsetHeight || ROW);
  }

  /**
   * Draws the lanes beside rows of these heights.
   * @param {number[]} heights
   * @param {number} line
   */
  lay(heights, line) {
    const tops = [0];
    for (const height of heights) tops.push(tops[tops.length - 1] + height);
    // To measure them, the rows were let go: each is as high again as the one beside it, whatever is drawn anew.
    this.options.forEach((option, i) => {
      if (heights[i] !== line) option.style.minHeight = `${heights[i]}px`;
    });
    if (tops.join() === this.tops.join() && this.canvas.firstChild !== null) return;
    this.tops = tops;
    this.canvas.innerHTML = this.drawn(tops, line);
  }

  /**
   * @param {Run} run
   * @param {Row} row
   * @param {number} i
   * @param {boolean} only
   */
  option(run, row, i, only) {
    const { from, to, folded, gap } = row;
    const base = { role: "option", id: `row-${i}`, "aria-selected": "false" };
    if (gap) return h("div", { ...base, class: "row gap" }, heard("only in the other run"));
    const step = run.stepTo(to);
    const classes = ["row"];
    if (only) classes.push("only");
    if (run.decides === to && !run.ends) classes.push("decides");
    const number = h("span", { class: "number" }, folded > 0 ? `${run.numbers[from]}–${run.numbers[to]}` : String(run.numbers[to]));
    const mark = only ? h("span", { class: "sign", title: "only in this run" }, "+", heard(" only in this run: ")) : null;
    if (step === undefined) {
      return h("div", { ...base, class: classes.join(" ") }, number, mark, h("span", { class: "label" }, "initial state"));
    }
    if (folded > 0) {
      const words = `${counted(folded, "step")} of ${run.lanes[step.lane]} alone`;
      const button = h("span", { class: "label quiet" }, words, heard(", Enter shows them"));
      return h("div", { ...base, class: `${classes.join(" ")} fold`, title: "click twice to show them" }, number, mark, button);
    }
    const loops = run.trace.loop_start === to - 1 && !run.ends;
    const changes = step.changes.map((c) => `${c.path}: ${written(c.before)} → ${written(c.after)}`).join(", ");
    const told = run.decides === to && !run.ends ? h("b", { class: "mark" }, run.drawn.mark) : null;
    const label = h("span", { class: "label" }, loops ? h("i", {}, "for ever from here: ") : null, line(step));
    const is = step.counterpart === undefined ? null : h("b", {}, `${step.counterpart}  `);
    const by = step.by === undefined ? null : h("b", {}, `by resolution ${step.by}  `);
    const more = h("span", { class: "change" }, by, is, changes);
    const title = changes === "" ? line(step) : `${line(step)}\n${changes}`;
    const words = told === null ? h("span", { class: "words" }, label, more) : h("span", { class: "both" }, label, told);
    return h("div", { ...base, class: classes.join(" "), title }, number, mark, words);
  }

  /**
   * Makes a row the current one.
   * @param {number} row
   */
  go(row) {
    if (row === this.row) return;
    const [before, now] = [this.options[this.row], this.options[row]];
    before?.setAttribute("aria-selected", "false");
    now?.setAttribute("aria-selected", "true");
    this.row = row;
    this.list.setAttribute("aria-activedescendant", `row-${row}`);
    const box = this.element;
    const [top, bottom, head] = [this.tops[row], this.tops[row + 1], this.heads.offsetHeight];
    if (top < box.scrollTop) box.scrollTop = top - ROW;
    else if (bottom + head > box.scrollTop + box.clientHeight) box.scrollTop = bottom + ROW + head - box.clientHeight;
  }
}
