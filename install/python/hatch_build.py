"""What of the wheel depends on what was built: the kernel for JupyterLite, where the engine is there (`install/live`)."""

from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACE = "share/jupyter/labextensions/reconverge-lite"


class Engine(BuildHookInterface):
    def initialize(self, version, build_data):
        root = Path(self.root)
        engine = root / "reconverge_jupyter/live/engine.wasm.gz"
        if not engine.is_file():
            return
        build_data["shared_data"] |= {
            str(root / "lite/package.json"): f"{PLACE}/package.json",
            str(root / "lite/static/remoteEntry.js"): f"{PLACE}/static/remoteEntry.js",
            str(root.parents[1] / "kernel/web/engine.js"): f"{PLACE}/static/engine.js",
            str(engine): f"{PLACE}/static/engine.wasm.gz",
        }
