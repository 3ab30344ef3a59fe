// The state graph: a click on a state shows it, and a shortest way to it.
//
// Enters: the JSON of a report of `graph`, with the places of its picture, and that picture. Leaves: an element with a tree of
// its own. What can be clicked lies over the picture, so that both look alike; the keyboard reaches all of it.

import { copy, counted, h, say } from "./dom.js";
import { swapped, written } from "./run.js";
import { STYLE } from "./style.js";

/**
 * @typedef {{name: string, place: number[], initial: boolean, marks: string[], state: Map<string, string>}} GraphState
 * @typedef {{from: number, to: number, faults: boolean, way: string, steps: string[]}} GraphSteps From and to by index.
 * @typedef {{title: string, subtitle: string, target: string, size: number[], whole: boolean, paths: string[],
 *   states: GraphState[], edges: GraphSteps[]}} StateGraph
 */

/**
 * The state graph of a report; `null`: it has none.
 * @param {any} report
 * @returns {StateGraph | null}
 */
export function graphOf(report) {
  if (report.report !== "graph") return null;
  const graph = typeof report.drawn === "string" ? JSON.parse(swapped(report.drawn)).graph : report;
  const places = graph?.places;
  if (!places) return null;
  /** @type {any[]} */
  const nodes = graph.nodes;
  // What says nothing in a state (a node that is up, a link that is empty) is not told of there.
  /** @type {[string, string][][]} */
  const told = nodes.map(({ state }) => {
    if (graph.paths === undefined) return state.map((/** @type {any} */ [path, value]) => [path, written(value)]);
    const pairs = [];
    for (let i = 0; i < state.length; i += 2) pairs.push([graph.paths[state[i]], state[i + 1] === null ? "none" : String(state[i + 1])]);
    return pairs;
  });
  const at = new Map(nodes.map((node, i) => [node.number, i]));
  return {
    ...{ title: places.title, subtitle: places.subtitle, target: places.target, size: places.size },
    whole: nodes.filter((node) => node.initial).length === 1,
    paths: [...new Set(told.flat().map(([path]) => path))],
    states: nodes.map((node, i) => ({
      name: `s${node.number}`,
      place: places.nodes[i],
      initial: node.initial === true,
      marks: marksOf(node),
      state: new Map(told[i]),
    })),
    edges: graph.edges.map((/** @type {any} */ edge, /** @type {number} */ i) => ({
      from: at.get(edge.from) ?? 0,
      to: at.get(edge.to) ?? 0,
      faults: edge.faults === true,
      way: places.edges[i],
      steps: edge.steps.map((/** @type {any} */ step) => (typeof step === "string" ? step : step.line)),
    })),
  };
}

/** @param {any} node */
function marksOf(node) {
  return [
    node.initial && "▶ runs begin here",
    ...(node.breaks ?? []).map((/** @type {string} */ name) => `✗ ${name} is broken`),
    ...(node.no_value ?? []).map((/** @type {string} */ line) => `! ${line} has no value`),
    ...(node.goals ?? []).map((/** @type {string} */ name) => `◎ the goal of ${name} is reached`),
    node.stuck && "■ nothing can happen any more",
    node.unexpanded && "… its steps were not taken",
    node.outside > 0 && `+ ${counted(node.outside, "step")} to states that are not here`,
  ].filter(Boolean);
}

/**
 * For each state the edge by which a shortest way comes to it: fewest faults, then fewest steps; -1: one of the first.
 * @param {StateGraph} graph
 * @returns {(number | null)[]} `null`: nothing that is here leads to it.
 */
export function shortest(graph) {
  const begins = graph.states.map((state) => state.initial);
  if (!begins.includes(true)) begins[0] = true;
  const cost = begins.map((first) => (first ? 0 : Infinity));
  /** @type {(number | null)[]} */
  const by = begins.map((first) => (first ? -1 : null));
  // No way is as long as one fault is dear.
  const fault = graph.states.length + 1;
  for (let again = true; again; ) {
    again = false;
    graph.edges.forEach(({ from, to, faults }, i) => {
      const there = cost[from] + 1 + (faults ? fault : 0);
      if (there >= cost[to]) return;
      cost[to] = there;
      by[to] = i;
      again = true;
    });
  }
  return by;
}

/**
 * An element of a picture; what it belongs to, the parser of pages knows.
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function drawn(name, attributes) {
  const space = h("template", {});
  space.innerHTML = "<svg></svg>";
  const within = space.content.firstElementChild?.namespaceURI ?? null;
  const element = /** @type {SVGElement} */ (document.createElementNS(within, name));
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  return element;
}

/** One state graph on a page. */
export class GraphExplorer {
  /**
   * @param {StateGraph} graph
   * @param {string} still Its picture, as a data URI.
   */
  constructor(graph, still) {
    this.graph = graph;
    this.by = shortest(graph);
    this.chosen = -1;
    this.live = h("div", { class: "heard", role: "status", "aria-live": "polite" });
    this.side = h("div", { class: "side" });
    const [width, height] = graph.size;
    const over = drawn("svg", { viewBox: `0 0 ${width} ${height}`, role: "listbox", "aria-label": "states" });
    this.ways = drawn("g", {});
    over.append(this.ways);
    this.boxes = graph.states.map((state, i) => this.box(state, i));
    over.append(...this.boxes);
    const back = h("button", { type: "button", onclick: () => this.element.dispatchEvent(new Event("rcv-still")) }, "Show the still picture");
    const picture = h("div", { class: "graph", style: `width:${width}px;--wide:${width}px` }, h("img", { src: still, alt: "", width, height }));
    picture.append(over);
    const box = h(
      "section",
      { class: "explorer states" },
      h(
        "header",
        {},
        h("div", { class: "names" }, h("p", { class: "title" }, graph.title), h("p", { class: "subtitle" }, graph.subtitle)),
        h("div", { class: "choose" }, back),
      ),
      h("div", { class: "body" }, h("div", { class: "scrolls" }, picture), this.side),
      this.live,
    );
    box.addEventListener("keydown", (event) => this.key(event));
    this.element = h("div", { class: "rcv-live rcv-states", "data-lm-suppress-shortcuts": "true" });
    this.element.attachShadow({ mode: "open" }).append(h("style", {}, STYLE), box);
    this.choose(Math.max(0, graph.states.findIndex((state) => state.initial)), false);
    this.show(picture);
  }

  /**
   * Once there is a place for it, the state that is shown is in sight.
   * @param {HTMLElement} picture
   */
  show(picture) {
    const scrolls = /** @type {HTMLElement} */ (picture.parentElement);
    const seen = new ResizeObserver(() => {
      if (scrolls.clientWidth === 0) return;
      seen.disconnect();
      const [x, , width] = this.graph.states[this.chosen].place;
      const scale = picture.clientWidth / this.graph.size[0];
      scrolls.scrollLeft = (x + width / 2) * scale - scrolls.clientWidth / 2;
    });
    seen.observe(scrolls);
  }

  /**
   * What can be clicked of a state.
   * @param {GraphState} state
   * @param {number} index
   */
  box(state, index) {
    const [x, y, width, height] = state.place;
    const words = [state.name, ...state.marks].join(", ");
    const box = drawn("rect", { x, y, width, height, rx: 7, role: "option", "aria-label": words });
    box.addEventListener("click", () => this.choose(index, true));
    return box;
  }

  /**
   * Shows a state, and a shortest way to it.
   * @param {number} index
   * @param {boolean} focus
   */
  choose(index, focus) {
    if (index < 0 || index >= this.graph.states.length) return;
    this.chosen = index;
    this.boxes.forEach((box, i) => {
      box.setAttribute("aria-selected", String(i === index));
      box.setAttribute("tabindex", i === index ? "0" : "-1");
    });
    const way = this.way(index);
    this.ways.replaceChildren(...(way ?? []).map((edge) => drawn("path", { d: edge.way })));
    this.side.replaceChildren(...this.told(index, way));
    const state = this.graph.states[index];
    const far = way === null ? "" : `, ${counted(way.length, "step")} from the beginning`;
    say(this.live, `${state.name}${far}`);
    if (focus) this.boxes[index].focus({ preventScroll: true });
    if (focus) this.boxes[index].scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /**
   * The edges of a shortest way; `null`: there is none.
   * @param {number} index
   */
  way(index) {
    /** @type {GraphSteps[]} */
    const way = [];
    for (let at = index; ; ) {
      const by = this.by[at];
      if (by === null) return null;
      if (by < 0) return way.reverse();
      way.push(this.graph.edges[by]);
      at = this.graph.edges[by].from;
    }
  }

  /**
   * @param {number} index
   * @param {GraphSteps[] | null} way
   */
  told(index, way) {
    const { states, edges, paths } = this.graph;
    const state = states[index];
    const before = way && way.length > 0 ? states[way[way.length - 1].from].state : state.state;
    const rows = paths
      .filter((path) => state.state.has(path) || before.has(path))
      .map((path) => {
        const [is, was] = [state.state, before].map((told) => told.get(path));
        const changed = is !== was;
        const parts = changed && was !== undefined ? [" ", h("span", { class: "was" }, `was ${was}`)] : [];
        const value = is === undefined ? h("span", { class: "tag" }, "no more") : h("code", {}, is);
        return h("tr", {}, h("th", { scope: "row" }, path), h("td", { class: changed ? "changed" : null }, value, ...parts));
      });
    const steps = way?.map((edge) => h("li", {}, h("code", {}, edge.steps[0]), " ", this.to(edge.to))) ?? [];
    const out = edges.filter((edge) => edge.from === index).flatMap((edge) => edge.steps.map((line) => ({ line, to: edge.to })));
    const onward = out.map(({ line, to }) => h("li", {}, this.to(to), h("code", {}, line)));
    return [
      h("p", { class: "now" }, h("b", {}, state.name), state.marks.length > 0 ? h("span", { class: "tag" }, ` ${state.marks.join(" · ")}`) : ""),
      h("h4", {}, "The state"),
      h("div", { class: "table", tabindex: "0" }, h("table", {}, h("tbody", {}, ...rows))),
      h("h4", {}, "A shortest way to it"),
      way === null ? h("p", { class: "quiet" }, "Nothing that is here leads to it.") : "",
      way?.length === 0 ? h("p", { class: "quiet" }, "It is where it begins.") : "",
      steps.length > 0 ? h("ol", { class: "way" }, ...steps) : "",
      steps.length > 0 && this.graph.whole ? h("button", { type: "button", onclick: () => void this.hand(index) }, "Copy as scenario") : "",
      h("h4", {}, "What can happen"),
      onward.length > 0 ? h("ul", { class: "plain" }, ...onward) : h("p", { class: "quiet" }, "Nothing that is here."),
    ];
  }

  /**
   * A way to another state.
   * @param {number} index
   */
  to(index) {
    return h("button", { type: "button", onclick: () => this.choose(index, true) }, this.graph.states[index].name);
  }

  focus() {
    this.boxes[this.chosen].focus();
  }

  /** @param {number} index */
  scenario(index) {
    const lines = (this.way(index) ?? []).map((edge) => `  ${edge.steps[0]}`);
    return [`scenario "to ${this.graph.states[index].name}" on ${this.graph.target} {`, ...lines, "}"].join("\n");
  }

  /** @param {number} index */
  async hand(index) {
    const done = await copy(this.scenario(index));
    say(this.live, done ? "The scenario is copied." : "The browser does not let us copy.");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!(event.target instanceof SVGElement) || event.altKey || event.ctrlKey || event.metaKey) return;
    const last = this.graph.states.length - 1;
    const by = this.by[this.chosen] ?? -1;
    const next = this.by.findIndex((edge, i) => i !== this.chosen && edge !== null && edge >= 0 && this.graph.edges[edge].from === this.chosen);
    const to = {
      ArrowDown: this.chosen + 1,
      ArrowUp: this.chosen - 1,
      ArrowRight: next,
      ArrowLeft: by < 0 ? -1 : this.graph.edges[by].from,
      Home: 0,
      End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.choose(to, true);
  }
}
