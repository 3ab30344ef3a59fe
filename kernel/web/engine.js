// The engine's module, and what stands around it.
//
// Enters: the bytes of `engine.wasm.gz`, cells. Leaves: what they tell. Used in a worker of a page, where a cell that takes for
// ever can be ended with its worker, and in tests.

/**
 * The module, made from what a page carries or a server sent.
 * @param {string | ArrayBuffer} packed In base64, or as bytes.
 */
async function engineModule(packed) {
  const bytes = typeof packed === "string" ? Uint8Array.from(atob(packed), (c) => c.charCodeAt(0)) : new Uint8Array(packed);
  // A server may have unpacked it on the way.
  if (bytes[0] !== 0x1f) return WebAssembly.compile(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
}

/**
 * A session.
 * @param {WebAssembly.Module} module
 * @param {Record<string, string>} files What `use "…"` may read, by path.
 * @param {(told: any) => void} tell Called with each thing that a cell tells, before `run` returns; the last one is `done` or `failed`.
 * @returns {(cell: {id: string | null, name: string, code: string}) => boolean} Runs a cell. False: the session has ended with it.
 */
function engineSession(module, files, tell) {
  let memory;
  let ended = false;
  const text = (at, length) => new TextDecoder().decode(new Uint8Array(memory.buffer, at, length));
  const say = (at, length) => {
    const told = JSON.parse(text(at, length));
    ended = told.kind === "done" || told.kind === "failed";
    tell(told);
  };
  const { exports } = new WebAssembly.Instance(module, { page: { now: () => performance.now(), tell: say } });
  memory = exports.memory;
  const call = (name, given) => {
    const bytes = new TextEncoder().encode(JSON.stringify(given));
    const at = exports.reserve(bytes.length);
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
    exports[name](at, bytes.length);
  };
  call("begin", files);
  return (cell) => {
    ended = false;
    try {
      call("run", cell);
      return true;
    } catch (error) {
      // What was wrong is told before the module ends; but not where it had no room left to tell it.
      const words = error instanceof RangeError ? "it nests deeper than a page can follow" : String(error);
      if (!ended) tell({ kind: "failed", ename: "InternalError", evalue: words, traceback: [`InternalError: ${words}`] });
      return false;
    }
  };
}

/** In a worker: a first message with `packed` and `files` begins a session, every other runs a `cell`. */
function engineServes() {
  let run;
  onmessage = async ({ data }) => {
    try {
      if (data.packed) run = engineSession(await engineModule(data.packed), data.files, (what) => postMessage(what));
      postMessage(data.packed ? { kind: "ready" } : { kind: "ended", alive: run(data.cell) });
    } catch (error) {
      postMessage({ kind: "broken", words: String(error) });
    }
  };
}
