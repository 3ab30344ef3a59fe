// The Reconverge kernel in JupyterLite: a federated module written by hand, so that no bundler is needed. Enters: JupyterLite's
// share scope; beside this file engine.js (kernel/web/) and engine.wasm.gz. Leaves: a kernel whose cells run in a worker of the
// page. In a JupyterLab with a server it is nothing: there is a kernel.
(() => {
  const VERSION = "0.1.0";
  const LANGUAGE = {
    name: "reconverge",
    version: VERSION,
    mimetype: "text/x-reconverge",
    file_extension: ".rcv",
    pygments_lexer: "reconverge",
    codemirror_mode: "reconverge",
  };
  const beside = (name) => new URL(name, here).href;
  const here = document.currentScript.src;
  const read = async (name) => {
    const answer = await fetch(beside(name));
    if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
    return answer;
  };

  const kernelFrom = (BaseKernel) =>
    class ReconvergeKernel extends BaseKernel {
      constructor(options) {
        super(options);
        this.worker = null;
        this.began = this.begin();
        // A cell is told why nothing runs; until one asks, nobody is.
        this.began.catch(() => {});
      }

      get ready() {
        return this.began.catch(() => {});
      }

      dispose() {
        this.worker?.terminate();
        super.dispose();
      }

      async begin() {
        const [script, packed] = await Promise.all([
          read("engine.js").then((answer) => answer.text()),
          read("engine.wasm.gz").then((answer) => answer.arrayBuffer()),
        ]);
        const url = URL.createObjectURL(new Blob([`${script}\nengineServes();`], { type: "text/javascript" }));
        this.worker = new Worker(url);
        URL.revokeObjectURL(url);
        await this.ask({ packed, files: {} }, () => {}, "ready");
      }

      ask(message, hear, ends) {
        return new Promise((done, failed) => {
          this.worker.onmessage = ({ data }) => {
            if (data.kind === "broken") failed(new Error(data.words));
            else if (data.kind === ends) done(data);
            else hear(data);
          };
          this.worker.onerror = (event) => failed(new Error(event.message));
          this.worker.postMessage(message);
        });
      }

      async kernelInfoRequest() {
        return {
          status: "ok",
          protocol_version: "5.5",
          implementation: "reconverge",
          implementation_version: VERSION,
          language_info: LANGUAGE,
          banner: `Reconverge ${VERSION}, in this page`,
          help_links: [],
        };
      }

      async executeRequest({ code }) {
        const count = this.executionCount;
        const id = this.parent?.metadata?.cellId ?? null;
        const progress = { transient: { display_id: `reconverge-progress-${this.id}-${count}` }, metadata: {} };
        let telling = false;
        let failed = null;
        const hear = (what) => {
          if (what.kind === "progress") {
            if (telling) this.updateDisplayData({ ...progress, data: what.bundle.data });
            else this.displayData({ ...progress, data: what.bundle.data });
            telling = true;
            return;
          }
          if (telling) this.clearOutput({ wait: true });
          telling = false;
          if (what.kind === "failed") {
            failed = { ename: what.ename, evalue: what.evalue, traceback: what.traceback };
            this.publishExecuteError(failed);
          } else if (what.kind === "shown" && what.is_result) {
            this.publishExecuteResult({ ...what.bundle, execution_count: count });
          } else if (what.bundle ?? what.warnings) this.displayData({ ...(what.bundle ?? what.warnings) });
        };
        try {
          await this.began;
          const { alive } = await this.ask({ cell: { id, name: `cell ${count}`, code } }, hear, "ended");
          if (!alive) this.began = this.begin();
        } catch (error) {
          hear({ kind: "failed", ename: "InternalError", evalue: String(error), traceback: [`InternalError: ${error}`] });
        }
        if (failed) return { status: "error", execution_count: count, ...failed };
        return { status: "ok", execution_count: count, user_expressions: {}, payload: [] };
      }

      async completeRequest({ cursor_pos }) {
        return { status: "ok", matches: [], cursor_start: cursor_pos, cursor_end: cursor_pos, metadata: {} };
      }

      async inspectRequest() {
        return { status: "ok", found: false, data: {}, metadata: {} };
      }

      async isCompleteRequest() {
        return { status: "unknown" };
      }

      async commInfoRequest() {
        return { status: "ok", comms: {} };
      }

      inputReply() {}
      async commOpen() {}
      async commMsg() {}
      async commClose() {}
    };

  const plugin = ({ BaseKernel, IKernelSpecs }) => ({
    id: "reconverge-lite:kernel",
    description: "The Reconverge kernel in the page.",
    autoStart: true,
    requires: [IKernelSpecs],
    activate: (app, specs) => {
      const Kernel = kernelFrom(BaseKernel);
      specs.register({
        spec: { name: "reconverge", display_name: "Reconverge", language: "reconverge", argv: [], resources: {} },
        create: async (options) => new Kernel(options),
      });
    },
  });

  let scope;
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["reconverge-lite"] = {
    init: (shareScope) => {
      scope = shareScope;
    },
    get: async () => {
      const versions = scope["@jupyterlite/services"] ?? {};
      const newest = Object.keys(versions).sort((a, b) => a.localeCompare(b, undefined, { numeric: true })).pop();
      const plugins = newest ? [plugin((await versions[newest].get())())] : [];
      return () => ({ __esModule: true, default: plugins });
    },
  };
})();
