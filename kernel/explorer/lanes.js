// The lanes of a run as a drawing: life lines, marks, messages, walls. Time runs downwards, one row for each step.
//
// Enters: a run and the rows in which its steps stand. Leaves: the text of an SVG element, whose colours are classes.

import { escaped } from "./dom.js";
import { Run, running } from "./run.js";

/**
 * @typedef {{from: number, to: number, folded: number, gap: boolean}} Row The positions that a row stands for (`from` to
 *   `to`; the state after it is that of `to`), how many steps are folded in it, and whether it only keeps a place free.
 * @typedef {{shown: number[], spacing: number, width: number, upright: boolean}} Columns
 */

/** The height of a row of one line, in pixels. */
export const ROW = 30;

const OWN_PLACE = new Set(["partition", "tick", "heal", "skew"]);

/**
 * Which lanes there are and how wide they stand. The global state has one where something has its place there.
 * @param {Run} run
 * @param {number} room Pixels that the lanes may take.
 * @param {boolean} close Names that stand upright need no more room than their lines.
 * @returns {Columns}
 */
export function columns(run, room, close) {
  const used = (/** @type {number} */ lane) =>
    run.steps.some(
      (s) =>
        (s.lane === lane && !OWN_PLACE.has(s.kind) && s.kind !== "lose") ||
        s.sent.some((m) => m.from === lane || m.to === lane) ||
        s.changes.some((c) => c.lane === lane),
    );
  let shown = run.lanes.map((_, i) => i).filter((i) => run.lanes[i] !== "system" || used(i));
  if (shown.length === 0) shown = [0];
  const longest = Math.max(...shown.map((lane) => run.lanes[lane].length)) * 7.4 + 12;
  const most = shown.length <= 3 ? 96 : 76;
  let spacing = Math.max(close ? 22 : 26, Math.min(most, Math.max(longest, 48), room / shown.length));
  if (close && longest > spacing) spacing = Math.min(spacing, 38);
  return { shown, spacing, width: spacing * shown.length, upright: longest > spacing };
}

/**
 * @param {Run} run
 * @param {Row[]} rows
 * @param {Columns} columns
 * @param {number[]} tops Where each row begins, and where the last one ends.
 * @param {number} line The height of its first line, in whose middle marks stand.
 * @returns {string}
 */
export function drawing(run, rows, columns, tops, line) {
  const { shown, spacing, width } = columns;
  const height = tops[rows.length];
  const row = rowOf(run, rows);
  const x = (/** @type {number} */ lane) => {
    const column = shown.indexOf(lane);
    return (column < 0 ? shown.length - 0.5 : column + 0.5) * spacing;
  };
  const y = (/** @type {number} */ position) => tops[row[position]] + line / 2;
  const cuts = partitions(run, columns, y, height);
  const parts = [...loop(run, row, tops, width), ...cuts.flatMap(withWalls)];
  const standing = cuts.flatMap((cut) => cut.walls);
  const state = running(run);
  for (const lane of shown) parts.push(...lifeLine(state[lane] ?? [], x(lane), y, height));
  for (const flight of run.flights) parts.push(arrow(run, flight, x, y, height, standing));
  rows.forEach((r, i) => parts.push(...marks(run, r, x, tops[i] + line / 2, width)));
  return (
    `<svg class="lanes" width="${n(width)}" height="${height}" viewBox="0 0 ${n(width)} ${height}" ` +
    `aria-hidden="true" focusable="false">${parts.join("")}</svg>`
  );
}

/**
 * The row of each position.
 * @param {Run} run
 * @param {Row[]} rows
 */
export function rowOf(run, rows) {
  const row = new Array(run.last + 1).fill(0);
  rows.forEach((r, i) => {
    if (!r.gap) for (let p = r.from; p <= r.to; p++) row[p] = i;
  });
  return row;
}

/** @param {number} value */
function n(value) {
  return String(Math.round(value * 10) / 10);
}

/**
 * @param {Run} run
 * @param {number[]} row
 * @param {number[]} tops
 * @param {number} width
 */
function loop(run, row, tops, width) {
  const start = run.trace.loop_start;
  if (start === null || start >= run.last) return [];
  const top = tops[row[start + 1]];
  const bottom = tops[row[run.last] + 1];
  return [`<rect class="loop" x="0" y="${top}" width="${n(width)}" height="${bottom - top}"/>`];
}

/**
 * @param {("up" | "down" | "paused")[]} states
 * @param {number} x
 * @param {(position: number) => number} y
 * @param {number} height
 */
function lifeLine(states, x, y, height) {
  const parts = [];
  let from = 0;
  for (let p = 1; p <= states.length; p++) {
    if (p < states.length && states[p] === states[p - 1]) continue;
    const to = p < states.length ? y(p) : height;
    const how = states[p - 1];
    if (how !== "up") {
      parts.push(`<rect class="${how}" x="${n(x - 7)}" y="${n(from)}" width="14" height="${n(to - from)}" rx="3"/>`);
    }
    parts.push(`<line class="life ${how}" x1="${n(x)}" x2="${n(x)}" y1="${n(from)}" y2="${n(to)}"/>`);
    from = to;
  }
  return parts;
}

/**
 * @typedef {{x: number, top: number, bottom: number, stops: "both" | "right" | "left"}} Wall Which messages it stops: all, or
 *   those that go in one direction.
 * @typedef {{left: number, right: number, top: number, bottom: number, walls: Wall[]}} Cut
 */

/**
 * Partitions: the lanes of the sides, and a wall between neighbours of different sides.
 * @param {Run} run
 * @param {Columns} columns
 * @param {(position: number) => number} y
 * @param {number} height
 * @returns {Cut[]}
 */
function partitions(run, { shown, spacing }, y, height) {
  return run.steps.flatMap((step, i) => {
    if (step.kind !== "partition") return [];
    const until = run.steps.findIndex((s, j) => j > i && (s.kind === "heal" || s.kind === "partition"));
    const [top, bottom] = [y(i + 1), until < 0 ? height : y(until + 1)];
    const side = (/** @type {number} */ lane) => step.sides.findIndex((s) => s.includes(lane));
    const cut = shown.filter((lane) => side(lane) >= 0);
    if (cut.length === 0) return [];
    /** @type {Wall[]} */
    const walls = [];
    for (let c = 1; c < cut.length; c++) {
      if (side(cut[c - 1]) === side(cut[c])) continue;
      const x = ((shown.indexOf(cut[c - 1]) + shown.indexOf(cut[c]) + 1) * spacing) / 2;
      const one = side(cut[c - 1]) === 0 ? "right" : "left";
      walls.push({ x, top, bottom, stops: step.one_way ? one : "both" });
    }
    const [left, right] = [shown.indexOf(cut[0]) * spacing + 2, (shown.indexOf(cut[cut.length - 1]) + 1) * spacing - 2];
    return [{ left, right, top, bottom, walls }];
  });
}

/**
 * Tinted lanes, walls, and at a wall that stops one direction alone an arrow that runs into it.
 * @param {Cut} cut
 */
function withWalls({ left, right, top, bottom, walls }) {
  const parts = [
    `<rect class="cut" x="${n(left)}" y="${n(top)}" width="${n(right - left)}" height="${n(bottom - top)}" rx="4"/>`,
  ];
  for (const { x, stops } of walls) {
    parts.push(`<line class="wall" x1="${n(x)}" x2="${n(x)}" y1="${n(top)}" y2="${n(bottom)}"/>`);
    if (stops === "both") continue;
    const [d, y] = [stops === "right" ? -1 : 1, top + 9];
    parts.push(
      `<line class="wall stopped" x1="${n(x + 13 * d)}" x2="${n(x + 7 * d)}" y1="${n(y)}" y2="${n(y)}"/>` +
        `<polygon class="stopped" points="${n(x + d)},${n(y)} ${n(x + 8 * d)},${n(y - 4)} ${n(x + 8 * d)},${n(y + 4)}"/>`,
    );
  }
  return parts;
}

/**
 * Where a message that walls stop goes through: where they end.
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @param {Wall[]} walls
 */
function roundWalls(from, to, walls) {
  const right = to[0] > from[0];
  const met = walls.filter(({ x, stops }) => x > Math.min(from[0], to[0]) && x < Math.max(from[0], to[0]) && (stops === "both" || (stops === "right") === right));
  const places = [...new Set(met.map(({ x }) => x))].sort((a, b) => (right ? a - b : b - a));
  /** @type {[number, number][]} */
  const points = [from];
  for (const x of places) {
    const [x0, y0] = points[points.length - 1];
    const first = y0 + ((to[1] - y0) * (x - x0)) / (to[0] - x0);
    let y = first;
    for (let wall; (wall = met.find((w) => w.x === x && w.top <= y && y < w.bottom)); ) y = wall.bottom;
    if (y > first && y < to[1]) points.push([x, y]);
  }
  return points;
}

/**
 * @param {Run} run
 * @param {import("./run.js").Flight} flight
 * @param {(lane: number) => number} x
 * @param {(position: number) => number} y
 * @param {number} height
 * @param {Wall[]} walls
 */
function arrow(run, flight, x, y, height, walls) {
  const [x1, y1] = [x(flight.from), y(flight.sent)];
  let x2 = x(flight.to);
  const y2 = flight.arrived === null ? Math.min(y1 + ROW * 1.4, height - 6) : y(flight.arrived);
  if (flight.arrived === null) x2 = x1 + (x2 - x1) * 0.45;
  if (flight.fate === "lost") x2 = x1 + (x2 - x1) * 0.6;
  const points = flight.fate === "handled" ? roundWalls([x1, y1], [x2, y2], walls) : [/** @type {[number, number]} */ ([x1, y1])];
  const [xl, yl] = points[points.length - 1];
  const length = Math.hypot(x2 - xl, y2 - yl) || 1;
  const [dx, dy] = [(x2 - xl) / length, (y2 - yl) / length];
  const words = `${flight.message}: ${run.lanes[flight.from]} → ${run.lanes[flight.to]}, ${flight.fate}`;
  const gap = flight.fate === "handled" ? 6 : 0;
  const [ex, ey] = [x2 - dx * gap, y2 - dy * gap];
  points.push([ex - dx * 5, ey - dy * 5]);
  const body = points
    .slice(1)
    .map(([bx, by], i) => `<line x1="${n(points[i][0])}" y1="${n(points[i][1])}" x2="${n(bx)}" y2="${n(by)}"/>`)
    .join("");
  let tip = `<circle class="flying" cx="${n(x2)}" cy="${n(y2)}" r="4"/>`;
  if (flight.fate === "lost") tip = glyph("lose", x2, y2);
  if (flight.fate === "handled") {
    const point = (/** @type {number} */ along, /** @type {number} */ across) =>
      `${n(ex - dx * along - dy * across)},${n(ey - dy * along + dx * across)}`;
    tip = `<polygon class="head" points="${point(0, 0)} ${point(9, 4)} ${point(9, -4)}"/>`;
  }
  const copy = flight.copy ? " copy" : "";
  return `<g class="arrow${copy}" data-sent="${flight.sent}" data-arrived="${flight.arrived ?? 0}"><title>${escaped(words)}</title>${body}${tip}</g>`;
}

/**
 * @param {Run} run
 * @param {Row} row
 * @param {(lane: number) => number} x
 * @param {number} y
 * @param {number} width
 */
function marks(run, row, x, y, width) {
  if (row.gap || row.to === 0) return [];
  const step = /** @type {import("./run.js").Step} */ (run.stepTo(row.to));
  if (row.folded > 0) {
    const at = n(x(step.lane));
    return [
      `<circle class="folded" cx="${at}" cy="${n(y)}" r="10"/>`,
      `<text class="count" x="${at}" y="${n(y + 4)}" text-anchor="middle">${row.folded}</text>`,
    ];
  }
  const parts = [];
  if (step.kind === "tick" || step.kind === "skew") {
    parts.push(`<line class="ticks" x1="0" x2="${n(width)}" y1="${n(y)}" y2="${n(y)}"/>`);
  }
  const clocks = step.kind === "tick" || step.kind === "skew";
  // A tick is nobody's.
  const own = step.kind === "tick" ? null : step.lane;
  const others = new Set(step.changes.map((c) => c.lane).filter((lane) => lane !== null && lane !== own));
  for (const lane of others) parts.push(glyph(clocks ? "tick" : "touched", x(/** @type {number} */ (lane)), y));
  if (step.kind === "skew" || (!OWN_PLACE.has(step.kind) && step.kind !== "lose")) parts.push(glyph(markOf(step), x(step.lane), y));
  return parts;
}

/**
 * What marks a step: its kind, but of a message that a resolution takes.
 * @param {import("./run.js").Step} step
 */
function markOf(step) {
  return step.kind === "deliver" && step.by !== undefined ? "taken" : step.kind;
}

/**
 * A mark: each kind has a shape of its own, so that colour is never needed.
 * @param {string} kind
 * @param {number} x
 * @param {number} y
 * @returns {string}
 */
export function glyph(kind, x, y) {
  const circle = (/** @type {string} */ of, /** @type {number} */ r, dx = 0) =>
    `<circle class="${of}" cx="${n(x + dx)}" cy="${n(y)}" r="${r}"/>`;
  const path = (/** @type {string} */ of, /** @type {string} */ d) =>
    `<path class="${of}" transform="translate(${n(x)} ${n(y)})" d="${d}"/>`;
  const cross = "M-5.5-5.5 5.5 5.5M-5.5 5.5 5.5-5.5";
  switch (kind) {
    case "action":
      return circle("action", 5.5);
    case "deliver":
      return circle("deliver", 5);
    case "taken":
      return path("taken", "M0-7 7 0 0 7-7 0Z");
    case "lose":
      return circle("ring", 5.5) + path("fault", "M-6.5 6.5 6.5-6.5");
    case "touched":
      return circle("touched", 2.8);
    case "tick":
      return circle("clock", 5.5) + path("clock", "M0-3.5V0H2.8");
    case "skew":
      return circle("clock missed", 5.5) + path("clock missed", "M0-3.5V0H2.8M3.5-9.5 9.5-3.5M3.5-3.5 9.5-9.5");
    case "resolution":
      return path("resolution", "M0-7 7 0 0 7-7 0Z");
    case "reconciler":
      return path("reconciler", "M-5.5-5.5H5.5V5.5H-5.5Z");
    case "restart":
      return path("up", "M0-7 6.5 5H-6.5Z");
    case "resume":
      return path("up", "M-5-6.5 7 0-5 6.5Z");
    case "wipe":
      return circle("ring", 7.5) + path("fault", "M-4-4 4 4M-4 4 4-4");
    case "pause":
      return path("behind", "M-6.5-7H6.5V7H-6.5Z") + path("fault", "M-3.5-5.5V5.5M3.5-5.5V5.5");
    case "duplicate":
      return circle("ring", 4.5, -2.5) + circle("ring", 4.5, 2.5);
    case "reorder":
      return path("fault", "M-4 6V-6M-7-2-4-6-1-2M4-6V6M1 2 4 6 7 2");
    case "stale":
      return path("fault", "M6 5C6-5-4-5-5 1M-8-2-5 2-1-1");
    default:
      return path("fault", cross);
  }
}
