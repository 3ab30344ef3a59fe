// The state of a run as tables: what each kind of node has, what the whole system has, changes marked.
//
// Enters: a run, a position, and the values of a run beside it. Leaves: an element whose cells are written anew only where
// they change.

import { h, heard } from "./dom.js";
import { Run, written } from "./run.js";

/**
 * @typedef {{nodes: number[], fields: string[]}} Kind Nodes by lane; names of what each of them has.
 * @typedef {{cell: HTMLElement, shown: string}} Cell
 */

/** The state at one position. */
export class State {
  constructor() {
    this.element = h("div", { class: "state" });
    /** @type {(Cell | undefined)[]} By variable. */
    this.cells = [];
    /** @type {Run | null} */
    this.run = null;
  }

  /**
   * @param {Run} run
   */
  show(run) {
    this.run = run;
    this.cells = [];
    const tables = kinds(run).map((kind) => this.table(run, kind));
    const rest = run.variables.map((v, i) => (v.lane === null ? i : -1)).filter((i) => i >= 0);
    if (rest.length > 0) {
      const rows = rest.map((i) => h("tr", {}, h("th", { scope: "row" }, run.variables[i].name), this.cell(i)));
      tables.push(h("div", { class: "table", tabindex: "0" }, h("table", {}, h("caption", {}, "the whole system"), h("tbody", {}, ...rows))));
    }
    this.element.replaceChildren(...(tables.length > 0 ? tables : [h("p", { class: "quiet" }, "It has no variables.")]));
  }

  /**
   * Nodes side by side; one below the other where there are many.
   * @param {Run} run
   * @param {Kind} kind
   */
  table(run, { nodes, fields }) {
    const at = (/** @type {number} */ lane, /** @type {string} */ field) =>
      this.cell(run.variables.findIndex((v) => v.lane === lane && v.name === field));
    const across = nodes.length <= 4;
    const [heads, rows] = across
      ? [nodes.map((lane) => run.lanes[lane]), fields]
      : [fields, nodes.map((lane) => run.lanes[lane])];
    const body = rows.map((name, r) => {
      const cells = across ? nodes.map((lane) => at(lane, fields[r])) : fields.map((field) => at(nodes[r], field));
      return h("tr", {}, h("th", { scope: "row" }, name), ...cells);
    });
    const head = h("tr", {}, h("td", {}), ...heads.map((name) => h("th", { scope: "col" }, name)));
    return h("div", { class: "table", tabindex: "0" }, h("table", {}, h("thead", {}, head), h("tbody", {}, ...body)));
  }

  /** @param {number} variable */
  cell(variable) {
    const cell = h("td", {});
    if (variable >= 0) this.cells[variable] = { cell, shown: "" };
    return cell;
  }

  /**
   * @param {number} position
   * @param {Map<string, string> | null} beside The values of the other run, by path.
   * @returns {number} How many values differ from the other run.
   */
  go(position, beside) {
    const run = this.run;
    if (run === null) return 0;
    const changed = run.changed(position);
    let differing = 0;
    run.variables.forEach(({ path }, i) => {
      const known = this.cells[i];
      if (known === undefined) return;
      const value = written(run.states[position][i]);
      const before = changed.has(i) ? written(run.states[position - 1][i]) : null;
      const there = beside?.get(path);
      const other = there !== undefined && there !== value ? there : null;
      if (other !== null) differing += 1;
      const shown = `${value}\u0000${before}\u0000${other}`;
      if (shown === known.shown) return;
      known.shown = shown;
      known.cell.className = `${before === null ? "" : "changed"} ${other === null ? "" : "differs"}`.trim();
      const parts = before === null ? [] : [" ", h("span", { class: "was" }, `was ${before}`)];
      const differs = other === null ? [] : [h("span", { class: "other" }, heard("in the other run "), other)];
      known.cell.replaceChildren(h("code", {}, value), ...parts, ...differs);
    });
    return differing;
  }
}

/**
 * Nodes whose names differ only in their number, and what they have.
 * @param {Run} run
 * @returns {Kind[]}
 */
function kinds(run) {
  /** @type {Map<string, Kind>} */
  const all = new Map();
  for (const { lane, name } of run.variables) {
    if (lane === null) continue;
    const stem = run.lanes[lane].replace(/\d+$/, "");
    const kind = all.get(stem) ?? { nodes: [], fields: [] };
    all.set(stem, kind);
    if (!kind.nodes.includes(lane)) kind.nodes.push(lane);
    if (!kind.fields.includes(name)) kind.fields.push(name);
  }
  for (const kind of all.values()) kind.nodes.sort((a, b) => a - b);
  return [...all.values()];
}
