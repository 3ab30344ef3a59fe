// Runs of a report: states from differences, values as text, messages under way.
//
// Enters: the JSON of a report (`reconverge schema`), or the lean form in which notebooks store it. Leaves: [`Run`], whose positions count states: 0 is the initial one, n the
// one after step n. Nothing here knows of a page.

/**
 * @typedef {"none" | {bool: boolean} | {int: number} | {name: string} | {record: [string, [string, Value][]]}
 *   | {set: Value[]} | {list: Value[]} | {map: [Value, Value][]} | {bag: Value[]}} Value
 * @typedef {{path: string, lane: number | null, before: Value, after: Value}} Change
 * @typedef {{message: string, from: number, to: number}} Sent
 * @typedef {{source: number, start: number, end: number}} Span
 * @typedef {{label: string, kind: string, lane: number, changes: Change[], sent: Sent[], received: number | null,
 *   counterpart?: string, by?: string, span?: Span, sides: number[][], one_way?: boolean, folded?: number}} Step
 * @typedef {{line: string, kind: string, note?: string}} Possible
 * @typedef {{steps: number[], more?: number}} Onward
 * @typedef {{step: number | null, expression: string, values: [string, Value][]}} Broken
 * @typedef {{lanes: string[], init: [string, Value][], chosen: [string, Value][], any_state: boolean, no_value?: string,
 *   steps: Step[], loop_start: number | null, broken: Broken | null, onward?: Onward[], possible?: Possible[]}} Trace
 * @typedef {{title: string, subtitle: string, note?: string, mark: string, at: string, target: string, start?: string,
 *   expect?: string, beside?: number}} Drawn
 * @typedef {{of: number, start: number, name: string, line: number, text?: string}} Piece
 * @typedef {{report: string, drawn?: Drawn[] | string, pieces?: Piece[]} & Record<string, unknown>} Report
 * @typedef {{path: string, lane: number | null, name: string}} Variable
 * @typedef {{number: number, message: string, from: number, to: number, sent: number, arrived: number | null,
 *   fate: "handled" | "lost" | "in flight", copy: boolean}} Flight
 */

/**
 * In the syntax of the language.
 * @param {Value | undefined} value
 * @returns {string}
 */
export function written(value) {
  if (value === undefined) return "";
  if (value === "none") return "none";
  if ("bool" in value) return String(value.bool);
  if ("int" in value) return String(value.int);
  if ("name" in value) return value.name;
  if ("record" in value) {
    const [name, fields] = value.record;
    if (fields.length === 0) return name;
    if (name === "") return `[${fields.map(([, field]) => written(field)).join(", ")}]`;
    return `${name} { ${fields.map(([field, v]) => `${field}: ${written(v)}`).join(", ")} }`;
  }
  if ("list" in value) return `[${value.list.map(written).join(", ")}]`;
  if ("map" in value) return `{${value.map.map(([k, v]) => `${written(k)} -> ${written(v)}`).join(", ")}}`;
  return `{${("set" in value ? value.set : value.bag).map(written).join(", ")}}`;
}

/**
 * What leads from a variable to a part of it (`.field`, `[index]` and `[key]`, one behind the other); empty for the variable
 * itself, `null`: the path is not one of its.
 * @param {string} path
 * @param {string} variable
 */
function partOf(path, variable) {
  const rest = path.slice(variable.length);
  return path.startsWith(variable) && ["", ".", "["].includes(rest.slice(0, 1)) ? rest : null;
}

/**
 * A value with what a path inside of it leads to replaced.
 * @param {Value} value
 * @param {string} path
 * @param {Value} part
 * @returns {Value}
 */
function withPart(value, path, part) {
  if (path === "") return part;
  if (typeof value !== "object") return value;
  /** @type {(step: string, inner: Value) => Value} */
  const inside = (step, inner) => {
    const rest = partOf(path, step);
    return rest === null ? inner : withPart(inner, rest, part);
  };
  if ("record" in value) {
    const [name, fields] = value.record;
    return { record: [name, fields.map(([f, v]) => [f, inside(`.${f}`, v)])] };
  }
  if ("list" in value) return { list: value.list.map((v, i) => inside(`[${i}]`, v)) };
  if ("map" in value) return { map: value.map.map(([k, v]) => [k, inside(`[${written(k)}]`, v)]) };
  return value;
}

/**
 * What a path leads to from a value; `undefined`: it leads nowhere.
 * @param {Value | undefined} value
 * @param {string} path
 * @returns {Value | undefined}
 */
function partAt(value, path) {
  if (path === "" || typeof value !== "object") return path === "" ? value : undefined;
  /** @type {[string, Value][]} */
  let parts = [];
  if ("record" in value) parts = value.record[1].map(([f, v]) => [`.${f}`, v]);
  if ("list" in value) parts = value.list.map((v, i) => [`[${i}]`, v]);
  if ("map" in value) parts = value.map.map(([k, v]) => [`[${written(k)}]`, v]);
  const found = parts.find(([step]) => partOf(path, step) !== null);
  return found && partAt(found[1], path.slice(found[0].length));
}

/**
 * FNV-1a, as six hexadecimal digits: names a run in a link, the same wherever it is drawn.
 * @param {string} text
 */
function fingerprint(text) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0").slice(0, 6);
}

/** One run, ready to be looked at. */
export class Run {
  /**
   * @param {Drawn} drawn
   * @param {Trace} trace
   * @param {Piece[]} pieces
   */
  constructor(drawn, trace, pieces) {
    this.drawn = drawn;
    this.pieces = pieces;
    // What is empty is not written.
    this.steps = trace.steps.map((step) => ({ ...step, sent: step.sent ?? [], received: step.received ?? null, sides: step.sides ?? [] }));
    trace = { ...trace, steps: this.steps };
    this.trace = trace;
    this.lanes = trace.lanes;
    /** Where it stands, for people: the cell. */
    this.place = () => "";
    /** Its still picture as a data URI, where no picture on the page is of it. */
    this.still = "";
    /** How many steps lead to each position: some of a long run are told as one. */
    this.numbers = [0];
    for (const step of this.steps) this.numbers.push(this.numbers[this.numbers.length - 1] + (step.folded || 1));
    this.id = fingerprint(drawn.target + this.lines().join("\n") + (drawn.beside === undefined ? "" : drawn.title));
    this.variables = variables(trace);
    this.states = states(trace, this.variables);
    this.steps.forEach((step, i) => {
      for (const change of step.changes) change.before ??= /** @type {Value} */ (within(this, this.states[i], change.path));
    });
    this.flights = flights(trace);
    /** The position at which something is decided; `null`: nothing is. */
    this.decides = trace.broken === null ? null : Math.min((trace.broken.step ?? -1) + 1, this.steps.length);
    /** Nothing happens any more at its end. */
    this.ends = trace.loop_start !== null && trace.loop_start >= this.steps.length;
  }

  /** Its title, without the marks of code. */
  get title() {
    return this.drawn.title.replaceAll("`", "");
  }

  /** The position where looking begins. */
  get first() {
    return this.decides ?? this.steps.length;
  }

  /** It has states 0 to this one. */
  get last() {
    return this.steps.length;
  }

  /**
   * The step that leads to a position.
   * @param {number} position
   */
  stepTo(position) {
    return position > 0 ? this.steps[position - 1] : undefined;
  }

  /**
   * Indices of the variables that differ from the state before.
   * @param {number} position
   * @returns {Set<number>}
   */
  changed(position) {
    const now = this.states[position];
    const before = this.states[position - 1];
    if (before === undefined) return new Set();
    return new Set(now.map((_, i) => i).filter((i) => now[i] !== before[i]));
  }

  /**
   * Messages under way at a position.
   * @param {number} position
   */
  underWay(position) {
    return this.flights.filter((f) => f.sent <= position && (f.arrived === null || f.arrived > position));
  }

  /**
   * What can happen at a position: steps that change something, those that do not, and how many are not listed.
   * @param {number} position
   * @returns {{can: Possible[], idle: Possible[], more: number} | null} `null`: it is not known.
   */
  onward(position) {
    const onward = this.trace.onward?.[position];
    if (onward === undefined) return null;
    const all = onward.steps.map((i) => /** @type {Possible[]} */ (this.trace.possible)[i]);
    const idle = all.filter((p) => p.note === "changes nothing");
    return { can: all.filter((p) => !idle.includes(p)), idle, more: onward.more ?? 0 };
  }

  /**
   * The piece of source that a step executes.
   * @param {Step} step
   */
  piece(step) {
    const span = step.span;
    return span && this.pieces.find((p) => p.of === span.source && p.start === span.start);
  }

  /**
   * The run as lines of a scenario, up to a position.
   * @param {number} [position]
   */
  lines(position = this.trace.steps.length) {
    const begins = this.trace.any_state ? ["from any state"] : [];
    for (const [path, value] of this.trace.chosen) begins.push(`init ${path} == ${written(value)}`);
    return [...begins, ...this.trace.steps.slice(0, position).map(line)];
  }

  /**
   * Its text as a cell.
   * @param {"expecting" | "only the steps"} [how] With what it shows to be wrong, so that it fails until that is mended.
   */
  scenario(how = "expecting") {
    const title = this.drawn.title.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", " ");
    const expect = how === "expecting" && this.drawn.expect !== undefined ? [this.drawn.expect] : [];
    const lines = [...this.lines(), ...expect].map((l) => `  ${l}\n`);
    return `scenario "${title}" on ${this.drawn.target} {\n${lines.join("")}}\n`;
  }

  /**
   * The value of a path (`broker1.log`, `total`, fields of records) at each position, empty where there is none; `null`: no
   * variable has it.
   * @param {string} path
   * @returns {string[] | null}
   */
  along(path) {
    const values = this.states.map((state) => within(this, state, path));
    return values.every((value) => value === undefined) ? null : values.map(written);
  }
}

/**
 * The value of a path in a state.
 * @param {Run} run
 * @param {Value[]} state
 * @param {string} path
 * @returns {Value | undefined} `undefined`: no variable has it.
 */
function within(run, state, path) {
  const index = run.variables.findIndex((v) => partOf(path, v.path) !== null);
  return index < 0 ? undefined : partAt(state[index], path.slice(run.variables[index].path.length));
}

/**
 * A step as a line of a scenario.
 * @param {Step} step
 */
export function line(step) {
  if (step.folded) return `// ${step.label}`;
  return ["action", "resolution", "reconciler", "tick"].includes(step.kind) ? `do ${step.label}` : step.label;
}

/**
 * The runs of a report, in the order of their pictures.
 * @param {Report} report
 * @returns {Run[]}
 */
export function runsOf(report) {
  if (typeof report.drawn === "string") return stored(report.drawn);
  const pieces = report.pieces ?? [];
  return (report.drawn ?? []).flatMap((drawn) => {
    /** @type {any} */
    let at = report;
    for (const key of drawn.at.split("/").slice(1)) at = at?.[key];
    return at ? [new Run(drawn, at, pieces)] : [];
  });
}

/**
 * Quotes and backticks in each other's place.
 * @param {string} text
 */
export function swapped(text) {
  return text.replace(/["`]/g, (c) => (c === "`" ? '"' : "`"));
}

/**
 * The runs as notebooks store them: `kernel/outputs/src/display/lean.rs` says how.
 * @param {string} text
 * @returns {Run[]}
 */
function stored(text) {
  const { runs = [], pieces: told = [] } = JSON.parse(swapped(text));
  const pieces = told.map((/** @type {any} */ [of, start, name, line, text]) => ({ of, start, name, line, text }));
  return runs.map((/** @type {any} */ { run, ...drawn }) => {
    const named = (/** @type {string | undefined} */ said) => said?.replaceAll("@@", drawn.target);
    const [subtitle, start] = [named(drawn.subtitle) ?? "", named(drawn.start)];
    return new Run({ ...drawn, subtitle, start }, unpacked(run, pieces), pieces);
  });
}

/** @param {number | string} told */
function kindOf(told) {
  return typeof told === "number" ? ["action", "resolution", "reconciler", "deliver"][told] : told;
}

/**
 * @param {any} lean
 * @param {Piece[]} pieces
 * @returns {Trace}
 */
function unpacked(lean, pieces) {
  /** @type {string[]} */
  const paths = lean.names.map((/** @type {any} */ name) => (typeof name === "string" ? name : name[0]));
  const first = lean.init.map(parsed);
  const told = lean.told ?? paths.length;
  /** @param {number} name */
  const laneOf = (name) => {
    if (typeof lean.names[name] !== "string") return lean.names[name][1];
    const lane = lean.lanes.findIndex((/** @type {string} */ node) => paths[name].startsWith(`${node}.`));
    return lane < 0 ? null : lane;
  };
  const seen = new Set();
  const steps = lean.steps.map((/** @type {any} */ [own, lane, named, changed, from, more = {}]) => {
    const taken = typeof named === "number" ? lean.possible[named] : null;
    const [label, kind] = taken === null ? [named, own] : [taken[0], kindOf(taken[1])];
    /** @type {any[]} */
    const changes = [];
    for (let i = 0; i < changed.length; i += 2) {
      const name = changed[i];
      /** @type {any} */
      const change = { path: paths[name], lane: laneOf(name), after: parsed(changed[i + 1]) };
      if (name >= told && !seen.has(name)) change.before = first[name];
      seen.add(name);
      changes.push(change);
    }
    const sent = [];
    for (let i = 0; i < (more.sent?.length ?? 0); i += 3) {
      sent.push({ message: more.sent[i], from: more.sent[i + 1], to: more.sent[i + 2] });
    }
    const piece = pieces[from];
    const span = piece && { source: piece.of, start: piece.start, end: piece.start };
    return { ...more, kind, lane, label, changes, sent, received: more.received ?? null, sides: more.sides ?? [], span };
  });
  const pairs = (/** @type {any[]} */ list) => list.map(([path, value]) => [path, parsed(value)]);
  const onward = lean.onward?.map((/** @type {string} */ words) => {
    const all = words.split(" ").filter(Boolean);
    const more = all.find((word) => word.startsWith("+"));
    return { steps: all.filter((word) => word !== more).map(Number), more: more === undefined ? undefined : Number(more) };
  });
  return {
    lanes: lean.lanes,
    init: paths.slice(0, told).map((path, i) => [path, first[i]]),
    chosen: /** @type {[string, Value][]} */ (pairs(lean.chosen ?? [])),
    any_state: lean.any_state ?? false,
    no_value: lean.no_value,
    steps,
    loop_start: lean.loop_start ?? null,
    broken: lean.broken ? { ...lean.broken, step: lean.broken.step ?? null, values: pairs(lean.broken.values ?? []) } : null,
    onward,
    possible: lean.possible?.map((/** @type {any} */ [does, kind, note]) => ({ line: `do ${does}`, kind: kindOf(kind), ...(note && { note }) })),
  };
}

/**
 * A value from its text in the language, as [`written`] writes it. Sets, bags and maps are kept apart as far as writing needs it.
 * @param {null | boolean | number | string} told
 * @returns {Value}
 */
function parsed(told) {
  if (told === null) return "none";
  if (typeof told === "boolean") return { bool: told };
  if (typeof told === "number") return { int: told };
  const tokens = told.match(/->|[[\]{}:,]|[^\s[\]{}:,]+/g) ?? [];
  let at = 0;
  /**
   * @template T
   * @param {string} end
   * @param {() => T} item
   */
  const until = (end, item) => {
    /** @type {T[]} */
    const all = [];
    at += 1;
    while (at < tokens.length && tokens[at] !== end) {
      all.push(item());
      if (tokens[at] === ",") at += 1;
    }
    at += 1;
    return all;
  };
  /** @returns {Value} */
  const value = () => {
    if (tokens[at] === "[") return { list: until("]", value) };
    if (tokens[at] === "{") {
      const items = until("}", () => {
        const key = value();
        if (tokens[at] !== "->") return { key, value: null };
        at += 1;
        return { key, value: value() };
      });
      if (items[0]?.value) return { map: items.map((item) => [item.key, /** @type {Value} */ (item.value)]) };
      return { set: items.map((item) => item.key) };
    }
    const word = tokens[at] ?? "";
    at += 1;
    if (tokens[at] === "{") {
      /** @returns {[string, Value]} */
      const field = () => {
        const name = tokens[at];
        at += 2;
        return [name, value()];
      };
      return { record: [word, until("}", field)] };
    }
    if (word === "none") return "none";
    if (word === "true" || word === "false") return { bool: word === "true" };
    return /^-?\d+$/.test(word) ? { int: Number(word) } : { name: word };
  };
  const read = value();
  // Whatever is no value of these kinds (a cut in one direction) is its text.
  return written(read) === told ? read : { name: told };
}

/**
 * Every variable that is ever told of. What says nothing at the beginning (a node that is up) first shows in a change.
 * @param {Trace} trace
 * @returns {Variable[]}
 */
function variables(trace) {
  const paths = trace.init.map(([path]) => path);
  // Where one node is ever down, all of its kind say whether they are.
  const stem = (/** @type {string} */ lane) => lane.replace(/\d+$/, "");
  const changed = trace.steps.flatMap((step) => step.changes).filter((c) => c.path.endsWith(".up"));
  const fall = new Set(changed.map((c) => stem(c.path.slice(0, -3))));
  for (const lane of trace.lanes) {
    if (fall.has(stem(lane)) && !paths.includes(`${lane}.up`)) paths.push(`${lane}.up`);
  }
  for (const step of trace.steps) {
    for (const { path } of step.changes) {
      if (!paths.some((known) => partOf(path, known) !== null)) paths.push(path);
    }
  }
  return paths.map((path) => {
    const lane = trace.lanes.findIndex((name) => path.startsWith(`${name}.`));
    return lane < 0
      ? { path, lane: null, name: path }
      : { path, lane, name: path.slice(trace.lanes[lane].length + 1) };
  });
}

/**
 * The values of all variables at each position. A state shares the values that a step does not change.
 * @param {Trace} trace
 * @param {Variable[]} variables
 * @returns {Value[][]}
 */
function states(trace, variables) {
  const index = new Map(variables.map(({ path }, i) => [path, i]));
  const init = new Map(trace.init);
  for (const { path, before } of trace.steps.flatMap((step) => step.changes)) {
    if (!init.has(path) && index.has(path)) init.set(path, before);
  }
  // What says nothing is not written: a node that is up.
  const all = [variables.map(({ path }) => /** @type {Value} */ (init.get(path) ?? { bool: true }))];
  for (const step of trace.steps) {
    const next = [...all[all.length - 1]];
    for (const { path, after } of step.changes) {
      const i = variables.findIndex((known) => partOf(path, known.path) !== null);
      next[i] = withPart(next[i], path.slice(variables[i].path.length), after);
    }
    all.push(next);
  }
  return all;
}

/**
 * Where messages go. A message that is duplicated has a flight more for each copy.
 * @param {Trace} trace
 * @returns {Flight[]}
 */
function flights(trace) {
  /** @type {Flight[]} */
  const all = [];
  /** @type {Flight[]} */
  const firsts = [];
  trace.steps.forEach((step, i) => {
    const position = i + 1;
    if (step.received !== null && firsts[step.received] !== undefined) {
      const flying = all.find((f) => f.number === step.received && f.arrived === null);
      if (step.kind === "duplicate") {
        all.push({ ...firsts[step.received], sent: position, arrived: null, fate: "in flight", copy: true });
      } else if (flying) {
        flying.arrived = position;
        flying.fate = step.kind === "lose" ? "lost" : "handled";
      }
    }
    for (const { message, from, to } of step.sent) {
      const number = firsts.length;
      /** @type {Flight} */
      const flight = { number, message, from, to, sent: position, arrived: null, fate: "in flight", copy: false };
      firsts.push(flight);
      all.push(flight);
    }
  });
  return all;
}

/**
 * How a node is at a position, as far as the run tells.
 * @param {Run} run
 * @returns {("up" | "down" | "paused")[][]} By lane, then by position.
 */
export function running(run) {
  return run.lanes.map((name, lane) => {
    const up = `${name}.up`;
    const down = run.trace.init.some(([path, v]) => path === up && typeof v === "object" && "bool" in v && !v.bool);
    let now = /** @type {"up" | "down" | "paused"} */ (down ? "down" : "up");
    const all = [now];
    for (const step of run.steps) {
      const told = step.changes.find((c) => c.path === up);
      if (told) now = written(told.after) === "false" ? "down" : "up";
      else if (step.lane === lane && (step.kind === "crash" || step.kind === "wipe")) now = "down";
      else if (step.lane === lane && step.kind === "pause") now = "paused";
      else if (step.lane === lane && (step.kind === "restart" || step.kind === "resume")) now = "up";
      all.push(now);
    }
    return all;
  });
}
