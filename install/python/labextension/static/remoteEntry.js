// The Reconverge language in JupyterLab: a federated module written by hand, so that no bundler is needed. Enters:
// JupyterLab's share scope. Leaves: a CodeMirror language for code cells, ```reconverge blocks and .rcv files, and the
// renderer of runs, whose modules (kernel/explorer/) lie beside this file.
(() => {
  // words: written by the tests from the table of the language
  const words = {
    declarations: "system extend order invariant resolution reconciler",
    commands: "use check scenario find audit compare diagram simulate start sweep relax mutate grade graph conform",
    constants: "true false none",
    operators: "and or not in implies",
    types: "bool set list map bag leader append compare_and_set versioned safety cardinality monotonicity ownership uniqueness convergence retry merge abort reject compensate fence dedupe repair control_loop worker periodic observe_act",
    keywords: "from to param enum type record node state ghost clock message link action on def init bound durable volatile symmetric at when all some count sum min max first where if then else for let choose send require faults expect",
  };
  // words: end
  const style = {
    declarations: "definitionKeyword",
    commands: "controlKeyword",
    constants: "atom",
    operators: "operatorKeyword",
    types: "typeName",
    keywords: "keyword",
  };
  const styleOf = new Map();
  for (const [group, list] of Object.entries(words)) {
    for (const word of list.split(" ")) styleOf.set(word, style[group]);
  }

  // Rust has more than a line can tell; these words, marks and names are enough to read a cell.
  const rustWords = new Set(
    ("as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod move mut pub ref " +
      "return self static struct super trait type unsafe use where while yield").split(" "),
  );
  const rustTypes = /^(bool|char|str|[iu](8|16|32|64|128|size)|f(32|64))$/;

  function rust(stream, state) {
    if (stream.eatSpace()) return null;
    if (state.comment || stream.match("/*")) {
      state.comment = !stream.match(/^.*?\*\//);
      if (state.comment) stream.skipToEnd();
      return "comment";
    }
    if (stream.match(/^\/\/[/!]/)) return stream.skipToEnd(), "docComment";
    if (stream.match("//")) return stream.skipToEnd(), "comment";
    if (stream.match(/^b?"(\\.|[^"\\])*"?/) || stream.match(/^r#*"[^"]*"?#*/)) return "string";
    if (stream.match(/^b?'(\\.[^']*|[^'\\])'/)) return "string";
    if (stream.match(/^'[A-Za-z_]\w*/)) return "labelName";
    if (stream.match(/^\d[\w]*(\.\d[\w]*)?/)) return "number";
    if (stream.match(/^[A-Za-z_]\w*!/)) return "macroName";
    const name = stream.match(/^[A-Za-z_]\w*/);
    if (name) {
      if (/^(true|false)$/.test(name[0])) return "atom";
      if (rustWords.has(name[0])) return "keyword";
      if (rustTypes.test(name[0])) return "typeName";
      if (/^[A-Z]/.test(name[0])) return "className";
      return stream.match(/^\s*\(/, false) ? "variableName.function" : "variableName";
    }
    if (stream.match(/^(::|->|=>|\.\.=?|&&|\|\||[-+*/%&|^!<>=?@#$])/)) return "operator";
    stream.next();
    return "punctuation";
  }

  // The magic of the first line makes the whole cell Rust.
  const startState = () => ({ begun: false, rust: false, comment: false });

  function token(stream, state) {
    if (stream.eatSpace()) return null;
    if (!state.begun) {
      state.begun = true;
      state.rust = Boolean(stream.match(/^%%rust\b/, false));
      if (state.rust) return stream.skipToEnd(), "meta";
    }
    return state.rust ? rust(stream, state) : mapping(stream);
  }

  function mapping(stream) {
    if (stream.match("///")) return stream.skipToEnd(), "docComment";
    if (stream.match("//")) return stream.skipToEnd(), "comment";
    if (stream.match(/^"(\\.|[^"\\])*"?/)) return "string";
    if (stream.match(/^\d[\d_]*(ns|us|ms|s|m|h)?\b/)) return "number";
    const name = stream.match(/^[A-Za-z_]\w*/);
    if (name) {
      const known = styleOf.get(name[0]);
      if (known) return known;
      if (/^[A-Z]/.test(name[0])) return "className";
      return stream.match(/^\s*\(/, false) ? "variableName.function" : "variableName";
    }
    if (stream.match(/^(:=|\+=|-=|==|!=|<=|>=|\.\.|->|[-+*/%&<>=?|])/)) return "operator";
    stream.next();
    return "punctuation";
  }

  const plugin = (load) => ({
    id: "reconverge-jupyterlab:language",
    description: "Highlights the Reconverge language.",
    autoStart: true,
    requires: [load.editor.IEditorLanguageRegistry],
    activate: (app, languages) => {
      const { StreamLanguage, LanguageSupport, indentUnit } = load.language;
      const language = StreamLanguage.define({
        name: "reconverge",
        startState,
        token,
        indent: (state, text, context) => {
          const line = context.lineAt(context.pos, -1);
          const closing = /^\s*[}\])]/.test(text) ? context.unit : 0;
          const before = /^\s*/.exec(line.text)[0].length;
          return Math.max(0, before + (/[{[(]\s*$/.test(line.text) ? context.unit : 0) - closing);
        },
        languageData: {
          commentTokens: { line: "//" },
          closeBrackets: { brackets: ["(", "[", "{", '"'] },
          indentOnInput: /^\s*[}\])]$/,
        },
      });
      languages.addLanguage({
        name: "reconverge",
        displayName: "Reconverge",
        mime: "text/x-reconverge",
        extensions: ["rcv"],
        support: new LanguageSupport(language, [indentUnit.of("  ")]),
      });
      app.docRegistry.addFileType({
        name: "reconverge",
        displayName: "Reconverge Mapping",
        extensions: [".rcv"],
        mimeTypes: ["text/x-reconverge"],
        fileFormat: "text",
      });
    },
  });

  const explorer = (load) => ({
    id: "reconverge-jupyterlab:explorer",
    description: "Explores the runs that Reconverge found.",
    autoStart: true,
    requires: [load.rendermime.IRenderMimeRegistry],
    optional: [load.notebook.INotebookTracker],
    activate: (app, rendermime, tracker) => {
      const { Widget, PanelLayout } = load.widgets;
      rendermime.addFactory(load.lab.factory({ Widget, PanelLayout, rendermime, tracker }), 40);
    },
  });

  const modules = new URL("explorer/lab.js", document.currentScript.src).href;
  let scope;
  const shared = async (name) => {
    const versions = scope[name];
    const newest = Object.keys(versions).sort((a, b) => a.localeCompare(b, undefined, { numeric: true })).pop();
    return (await versions[newest].get())();
  };
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["reconverge-jupyterlab"] = {
    init: (shareScope) => {
      scope = shareScope;
    },
    get: async () => {
      const [editor, language, rendermime, notebook, widgets, lab] = await Promise.all([
        shared("@jupyterlab/codemirror"),
        shared("@codemirror/language"),
        shared("@jupyterlab/rendermime"),
        shared("@jupyterlab/notebook"),
        shared("@lumino/widgets"),
        import(modules),
      ]);
      const plugins = [plugin({ editor, language }), explorer({ rendermime, notebook, widgets, lab })];
      return () => ({ __esModule: true, default: plugins });
    },
  };
})();
