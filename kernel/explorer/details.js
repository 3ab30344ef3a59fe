// What stands beside the steps of a run: where it is, the state, messages, what can happen, the source, the reader's rows.
//
// Enters: a run, a position, and what the explorer does on a click. Leaves: an element that is written again at each move.

import { counted, h, say } from "./dom.js";
import { glyph } from "./lanes.js";
import { Run, line, written } from "./run.js";
import { State } from "./state.js";

/**
 * @typedef {{expression: string, values: string[] | null, error: string}} Yours An expression of the reader's; without values
 *   there is an error, or the kernel still thinks.
 * @typedef {object} Acts What a click does.
 * @property {(position: number) => void} goTo
 * @property {(position: number, possible: import("./run.js").Possible) => void} goOn Takes a step that the run does not.
 * @property {(words: string) => void} flash Says for a moment what was done.
 */

/**
 * What is wrong with what was typed, by the column there: the kernel was given the steps of the run before it.
 * @param {string} words
 * @param {string} before
 */
function placed(words, before) {
  const place = /^user expression:(\d+):(\d+): /.exec(words);
  if (place === null || Number(place[1]) !== before.split("\n").length) return words;
  return `column ${place[2]}: ${words.slice(place[0].length)}`;
}

/**
 * A value; a state may have none.
 * @param {string} value
 */
function shown(value) {
  return value === "" ? h("span", { class: "quiet" }, "no value") : h("code", {}, value);
}

/** No more messages are listed. */
const MOST = 12;

/** The state and everything else that is known of a position. */
export class Details {
  /**
   * @param {Run} run
   * @param {import("./explorer.js").Surroundings} around
   * @param {Acts} acts
   */
  constructor(run, around, acts) {
    this.run = run;
    this.around = around;
    this.acts = acts;
    this.position = 0;
    /** @type {Yours[]} */
    this.yours = [];
    this.state = new State();
    this.now = h("div", { class: "now" });
    this.messages = h("div", { class: "messages" });
    this.next = h("div", { class: "next" });
    this.source = h("details", { class: "source" });
    this.rowsOfYours = h("div", { class: "yours" });
    this.hint = h("p", { class: "quiet", role: "status" });
    this.input = h("input", { type: "text", "aria-label": "an expression", spellcheck: "false" });
    this.element = h(
      "div",
      { class: "side", role: "region", "aria-label": "state and details", tabindex: "0" },
      this.now,
      h("p", { class: "h" }, "State"),
      this.rowsOfYours,
      this.state.element,
      this.messages,
      this.next,
      this.source,
      h("div", { class: "asks" }, h("p", { class: "h" }, "Your expression"), this.form(), this.hint),
    );
  }

  form() {
    const form = h("form", {}, this.input, h("button", { type: "submit" }, "Add row"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.add(this.input.value.trim());
      this.input.value = "";
    });
    // Not every front end lets return through.
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      form.requestSubmit();
    });
    return form;
  }

  /**
   * Turns to a run.
   * @param {Run} run
   */
  show(run) {
    this.run = run;
    this.state.show(run);
    this.input.placeholder = run.variables[0]?.path ?? "x";
    this.yours = this.yours.filter((row) => row.error === "").map(({ expression }) => this.evaluated(expression));
  }

  /**
   * @param {number} position
   * @param {Map<string, string> | null} beside The values of the other run, by path.
   */
  go(position, beside) {
    this.position = position;
    const differing = this.state.go(position, beside);
    this.tellNow(position, beside === null ? null : differing);
    this.tellMessages(position);
    this.tellNext(position);
    this.tellSource(position);
    this.tellYours();
  }

  /**
   * @param {number} position
   * @param {number | null} differing How many values differ from the run beside it; `null`: there is none.
   */
  tellNow(position, differing) {
    const step = this.run.stepTo(position);
    const broken = this.run.decides === position ? this.run.trace.broken : null;
    const values = (broken?.values ?? []).map(([what, value]) => h("li", {}, h("code", {}, `${what} = ${written(value)}`)));
    const beside =
      differing === null
        ? null
        : h("p", { class: "quiet" }, differing === 0 ? "Both runs are in the same state." : `${counted(differing, "value")} ≠ in the other run.`);
    this.now.replaceChildren(
      ...(step === undefined ? ["The initial state."] : ["After ", h("code", {}, line(step))]),
      step?.counterpart === undefined ? "" : h("span", { class: "tag" }, ` ${step.counterpart}`),
      step?.by === undefined ? "" : h("span", { class: "tag" }, ` by resolution ${step.by}`),
      broken === null ? "" : h("span", { class: "decided" }, this.run.drawn.mark),
      broken === null ? "" : h("code", {}, broken.expression),
      values.length > 0 ? h("ul", { class: "values" }, ...values) : "",
      beside ?? "",
    );
  }

  /** @param {number} position */
  tellMessages(position) {
    const flights = this.run.flights;
    const step = this.run.stepTo(position);
    const lanes = this.run.lanes;
    const to = (/** @type {number} */ p) =>
      h("button", { type: "button", onclick: () => this.acts.goTo(p) }, `step ${p}`);
    const ends = (/** @type {import("./run.js").Flight} */ f) =>
      `${lanes[f.from]} → ${lanes[f.to]}${f.copy ? ", a copy" : ""}`;
    const arrived = step === undefined ? [] : flights.filter((f) => f.arrived === position);
    const all = [
      ...arrived.map((f) =>
        h("li", {}, h("span", { class: "tag" }, f.fate), h("code", {}, f.message), h("span", { class: "tag" }, `${ends(f)}, sent at`), to(f.sent)),
      ),
      ...this.run.underWay(position).map((f) => {
        const stays = this.run.trace.loop_start === null ? [] : [h("span", { class: "tag" }, "and it stays so")];
        const until = f.arrived === null ? stays : [h("span", { class: "tag" }, `${f.fate} at`), to(f.arrived)];
        const since = f.sent === position ? "sent" : `under way since step ${f.sent}`;
        return h("li", {}, h("span", { class: "tag" }, since), h("code", {}, f.message), h("span", { class: "tag" }, `${ends(f)}${until.length > 0 ? "," : ""}`), ...until);
      }),
    ];
    const items = all.slice(0, MOST);
    if (all.length > MOST) items.push(h("li", { class: "quiet" }, `and ${all.length - MOST} more`));
    this.messages.replaceChildren(
      ...(items.length === 0 ? [] : [h("p", { class: "h" }, "Messages"), h("ul", { class: "plain" }, ...items)]),
    );
  }

  /** @param {number} position */
  tellNext(position) {
    const onward = this.run.onward(position);
    const taken = this.run.steps[position];
    const parts = [];
    if (taken !== undefined) {
      const forward = h("button", { type: "button", onclick: () => this.acts.goTo(position + 1) }, line(taken));
      parts.push(h("li", {}, this.dot(taken.kind), forward, h("span", { class: "tag" }, "the run goes on with this")));
    }
    const more = (onward?.can ?? []).filter((p) => taken === undefined || p.line !== `do ${taken.label}`);
    const kernel = this.around.ask !== null && this.run.drawn.start !== undefined;
    for (const possible of more) {
      const words = possible.line.replace(/^do /, "");
      const name = kernel
        ? h("button", { type: "button", title: "go on from here with this step", onclick: () => this.acts.goOn(position, possible) }, words)
        : h("code", {}, words);
      parts.push(h("li", {}, this.dot(possible.kind), name, possible.note ? h("span", { class: "tag" }, possible.note) : null));
    }
    if (onward !== null && onward.more > 0) parts.push(h("li", { class: "quiet" }, `and ${onward.more} more`));
    const idle = (onward?.idle ?? []).map((p) => h("li", {}, this.dot(p.kind), h("code", {}, p.line.replace(/^do /, ""))));
    const head = onward === null && taken === undefined ? null : h("p", { class: "h" }, "What can happen here");
    const nothing = onward !== null && parts.length === 0 ? h("p", { class: "quiet" }, "Nothing that changes anything.") : null;
    const ignored =
      idle.length === 0
        ? []
        : [h("p", { class: "h" }, "Ignored: changes nothing"), h("ul", { class: "plain" }, ...idle)];
    this.next.replaceChildren(...[head, h("ul", { class: "plain" }, ...parts), nothing, ...ignored].filter((p) => p !== null));
  }

  /** @param {string} kind */
  dot(kind) {
    const dot = h("span", { class: "dot", "aria-hidden": "true" });
    if (["partition", "heal"].includes(kind)) return dot;
    dot.innerHTML = `<svg width="16" height="16" viewBox="-8 -8 16 16" overflow="visible">${glyph(kind, 0, 0)}</svg>`;
    return dot;
  }

  /** @param {number} position */
  tellSource(position) {
    const step = this.run.stepTo(position);
    const piece = step === undefined ? undefined : this.run.piece(step);
    this.source.hidden = piece === undefined;
    if (piece === undefined) return;
    const place = `${piece.name}:${piece.line}`;
    const jump = () => {
      if (!this.around.jump(piece)) this.acts.flash("That text is not on this page.");
    };
    this.source.replaceChildren(
      h("summary", {}, "Source ", h("code", {}, place)),
      piece.text === undefined
        ? ""
        : h("pre", { tabindex: "0", "aria-label": `source of the step, ${place}` }, h("code", {}, piece.text)),
      h("button", { type: "button", onclick: jump }, `Go to ${place}`),
    );
  }

  /**
   * An expression of the reader's along the run. Paths stand in the run; all else is the kernel's to say.
   * @param {string} expression
   */
  evaluated(expression) {
    const values = this.run.along(expression);
    const row = { expression, values, error: "" };
    if (values !== null) return row;
    if (this.around.ask === null) {
      row.error = "only paths such as " + (this.run.variables[0]?.path ?? "x") + " can be looked at here: anything else needs a kernel";
      return row;
    }
    row.error = "…";
    const run = this.run;
    const before = `${run.scenario("only the steps")}\n`;
    void this.around.ask(before + expression).then((answer) => {
      row.values = answer.values?.map(([, value]) => value) ?? null;
      if (row.values?.length === 1) row.values = run.states.map(() => /** @type {string[]} */ (row.values)[0]);
      row.error = row.values === null ? placed(answer.error ?? "it has no value", before) : "";
      if (this.run === run) this.tellYours();
    });
    return row;
  }

  /** @param {string} expression */
  add(expression) {
    if (expression === "") return;
    this.yours = this.yours.filter((row) => row.expression !== expression);
    const row = this.evaluated(expression);
    if (row.error === "" || this.around.ask !== null) this.yours.push(row);
    this.tellYours();
    say(this.hint, row.error === "…" ? "" : row.error);
    this.hint.classList.toggle("wrong", row.error !== "");
  }

  tellYours() {
    const position = this.position;
    if (this.yours.length === 0) {
      this.rowsOfYours.replaceChildren();
      return;
    }
    const rows = this.yours.map((row) => {
      const [value, before] = [row.values?.[position] ?? "", row.values?.[position - 1]];
      const changed = before !== undefined && before !== value;
      const remove = () => {
        this.yours = this.yours.filter((r) => r !== row);
        this.tellYours();
      };
      return h(
        "tr",
        {},
        h("th", { scope: "row" }, h("code", {}, row.expression)),
        h("td", { class: changed ? "changed" : "" }, row.error === "" ? shown(value) : h("span", { class: "wrong" }, row.error), changed ? " " : null, changed ? h("span", { class: "was" }, `was ${before || "no value"}`) : null),
        h("td", {}, h("button", { type: "button", "aria-label": `remove ${row.expression}`, onclick: remove }, "×")),
      );
    });
    this.rowsOfYours.replaceChildren(h("div", { class: "table", tabindex: "0" }, h("table", {}, h("caption", {}, "your expressions"), h("tbody", {}, ...rows))));
  }
}
