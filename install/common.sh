# What install/start and install/test share: where things are, what must be there, the private environment.
# Sourced by bash; expects `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
env_dir="$root/.venv"
python_min="3.10"
rust_min=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")

say() { printf '\033[1m==>\033[0m %s\n' "$*"; }

# The command that installs system packages here, for the hints below.
system_install() {
  if command -v apt-get >/dev/null; then echo "sudo apt-get install -y $1"
  elif command -v dnf >/dev/null; then echo "sudo dnf install -y $2"
  elif command -v pacman >/dev/null; then echo "sudo pacman -S --needed $3"
  elif command -v brew >/dev/null; then echo "$4"
  else echo "install $1 with your system's package manager"
  fi
}

missing=0
need() { # what, the command that installs it
  printf 'missing: %s\n  install it with: %s\n' "$1" "$2" >&2
  missing=1
}

version_at_least() { # found, wanted
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n 1)" = "$2" ]
}

# Names everything that is missing in one go, so that nobody installs one thing to learn of the next.
require_tools() {
  local rustup="curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"
  if ! command -v cargo >/dev/null; then
    need "Rust $rust_min or newer (cargo)" "$rustup"
  else
    local found; found=$(cargo --version | cut -d' ' -f2)
    version_at_least "${found%%-*}" "$rust_min" || need "Rust $rust_min or newer (found $found)" "rustup update stable"
  fi
  if ! command -v c++ >/dev/null && ! command -v g++ >/dev/null && ! command -v clang++ >/dev/null; then
    need "a C++ compiler (ZeroMQ is built from source)" "$(system_install g++ gcc-c++ gcc 'xcode-select --install')"
  fi
  if ! command -v python3 >/dev/null; then
    need "Python $python_min or newer" "$(system_install 'python3 python3-venv' python3 python 'brew install python')"
  else
    local found; found=$(python3 -c 'import platform; print(platform.python_version())')
    version_at_least "$found" "$python_min" ||
      need "Python $python_min or newer (found $found)" "$(system_install 'python3 python3-venv' python3 python 'brew install python')"
    python3 -c 'import venv, ensurepip' 2>/dev/null ||
      need "Python's venv module" "$(system_install python3-venv python3 python 'brew install python')"
  fi
  [ "$missing" = 0 ] || { printf 'then run this command again.\n' >&2; exit 3; }
}

# Where cargo puts it: a target directory of the reader's own counts.
target_dir="${CARGO_TARGET_DIR:-target}"
case "$target_dir" in
  /*) kernel_binary="$target_dir/release/reconverge" ;;
  *) kernel_binary="$root/$target_dir/release/reconverge" ;;
esac

wheels="$(dirname "$(dirname "$kernel_binary")")/wheels"
rust_cells_target="${RECONVERGE_RUST_CELLS_TARGET:-$root/kernel/rust-cells/target}"
pip=("$env_dir/bin/python" -m pip install --quiet --disable-pip-version-check)
# No name of a distribution of Linux: that is for whoever publishes it.
maturin=("$env_dir/bin/maturin" build --quiet --release --locked --compatibility linux --out "$wheels")

build_kernel() {
  # Of the workspace, as the tests are: another choice of features would compile everything again.
  (cd "$root" && cargo build --release --locked --workspace --bin reconverge)
}

# One wheel of everything, by maturin, which takes what lies beside its project: so that is put together first.
build_wheel() {
  local stage="$wheels/stage" jupyter module
  [ -x "$env_dir/bin/python" ] || python3 -m venv "$env_dir"
  [ -x "$env_dir/bin/maturin" ] ||
    "${pip[@]}" --constraint "$root/install/constraints.txt" -r "$root/install/requirements-wheel.txt"
  rm -rf "$stage"
  mkdir -p "$stage/data/data"
  cp -R "$root/install/python/reconverge_jupyter" "$stage/"
  find "$stage" -name __pycache__ -prune -exec rm -rf {} +
  sed "s|^manifest-path = .*|manifest-path = \"$root/kernel/Cargo.toml\"|" \
    "$root/install/python/pyproject.toml" > "$stage/pyproject.toml"
  # For pages: the explorer, the engine, the manual.
  module="$stage/reconverge_jupyter"
  mkdir -p "$module/explorer" "$module/live" "$module/manual/lang"
  cp "$root"/kernel/explorer/*.js "$module/explorer/"
  rm "$module/explorer/lab.js"
  cp "$root/kernel/web/engine.js" "$module/live/"
  cp -R "$root/manual/pages" "$root/manual/zensical.toml" "$module/manual/"
  cp "$root/lang/REFERENCE.md" "$module/manual/lang/"
  # For Jupyter: the kernel, the extension of JupyterLab, the kernel of JupyterLite, the configuration of nbgrader.
  jupyter="$stage/data/data/share/jupyter"
  mkdir -p "$jupyter/kernels/reconverge" "$jupyter/labextensions" "$stage/data/data/etc/jupyter"
  cp "$root/install/python/kernel.json" "$root"/kernel/assets/logo-* "$jupyter/kernels/reconverge/"
  cp -R "$root/install/python/labextension" "$jupyter/labextensions/reconverge-jupyterlab"
  mkdir -p "$jupyter/labextensions/reconverge-jupyterlab/static/explorer"
  cp "$root"/kernel/explorer/*.js "$jupyter/labextensions/reconverge-jupyterlab/static/explorer/"
  if [ -e "$module/live/engine.wasm.gz" ]; then
    cp -R "$root/install/python/lite" "$jupyter/labextensions/reconverge-lite"
    cp "$module/live/engine.js" "$module/live/engine.wasm.gz" "$jupyter/labextensions/reconverge-lite/static/"
  fi
  cp "$root/install/python/etc/nbgrader_config.py" "$stage/data/data/etc/jupyter/"
  rm -f "$wheels"/reconverge-*.whl
  (cd "$stage" && CARGO="$root/install/cargo" CARGO_TARGET_DIR="$(dirname "$wheels")" "${maturin[@]}")
}

# The private environment: pinned JupyterLab, and the wheel. $@: requirement files.
make_environment() {
  build_wheel
  local wheel; wheel=$(ls "$wheels"/reconverge-*.whl)
  local stamp; stamp=$(cat "$root/install/constraints.txt" "$@" "$wheel" | cksum)
  local kept; kept="$env_dir/stamp-$(basename "${1%.txt}")"
  if [ "$(cat "$kept" 2>/dev/null)" != "$stamp" ]; then
    local files=(); local f; for f in "$@"; do files+=(-r "$f"); done
    "${pip[@]}" --constraint "$root/install/constraints.txt" "${files[@]}" "$wheel"
    "${pip[@]}" --force-reinstall --no-deps "$wheel"
    echo "$stamp" > "$kept"
  fi
  # A JupyterLab that neither asks about news nor looks for them.
  mkdir -p "$env_dir/share/jupyter/lab/settings"
  cp "$root/install/overrides.json" "$env_dir/share/jupyter/lab/settings/overrides.json"
}

# The engine for pages without a kernel. Where it cannot be built it is left out, but where it must be there.
build_live() {
  local code=0
  "$root/install/live" || code=$?
  [ "$code" = 0 ] && return
  [ "$code" = 3 ] || echo "live pages are left out: the engine for them cannot be built" >&2
  [ -z "${RECONVERGE_NEED_LIVE:-}" ]
}

# The manual as a site, from what the tests wrote; a link that leads nowhere is a failure. 1: it cannot be built here.
build_manual() {
  if [ ! -x "$env_dir/bin/zensical" ]; then
    printf 'the manual is not built: its tool needs Python 3.11 or newer (found %s)\n' "$("$env_dir/bin/python" -V)" >&2
    return 1
  fi
  (cd "$root/manual" && "$env_dir/bin/zensical" build --clean --strict --config-file zensical.toml)
}
