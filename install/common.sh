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

# The private environment: pinned JupyterLab, the language's highlighting, the kernel. $@: requirement files.
make_environment() {
  local stamp; stamp=$(
    { printf '%s\n' "$root/install/constraints.txt" "$@"; find "$root/install/python" "$root/kernel/explorer" "$root/kernel/web" "$root/manual/pages" "$root/lang/REFERENCE.md" -type f \( -path '*/install/*' -o -name '*.js' -o -name '*.md' \) -not -path '*/__pycache__/*' -not -path '*/node_modules/*' | sort; } |
      tr '\n' '\0' | xargs -0 cat | cksum)
  if [ ! -x "$env_dir/bin/python" ]; then
    python3 -m venv "$env_dir"
  fi
  if [ "$(cat "$env_dir/stamp-$(basename "${1%.txt}")" 2>/dev/null)" != "$stamp" ]; then
    local files=(); local f; for f in "$@"; do files+=(-r "$f"); done
    "$env_dir/bin/python" -m pip install --quiet --disable-pip-version-check \
      --constraint "$root/install/constraints.txt" "${files[@]}"
    "$env_dir/bin/python" -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps "$root/install/python"
    echo "$stamp" > "$env_dir/stamp-$(basename "${1%.txt}")"
  fi
}

# Where cargo puts it: a target directory of the reader's own counts.
target_dir="${CARGO_TARGET_DIR:-target}"
case "$target_dir" in
  /*) kernel_binary="$target_dir/release/reconverge" ;;
  *) kernel_binary="$root/$target_dir/release/reconverge" ;;
esac

build_kernel() {
  # Of the workspace, as the tests are: another choice of features would compile everything again.
  (cd "$root" && cargo build --release --locked --workspace --bin reconverge)
}

# The engine for pages without a kernel. Where it cannot be built it is left out, but where it must be there.
build_live() {
  local code=0
  "$root/install/live" || code=$?
  [ "$code" = 0 ] && return
  [ "$code" = 3 ] || echo "live pages are left out: the engine for them cannot be built" >&2
  [ -z "${RECONVERGE_NEED_LIVE:-}" ]
}

# The kernel, and a JupyterLab that neither asks about news nor looks for them.
install_kernel() {
  "$kernel_binary" install --prefix "$env_dir"
  mkdir -p "$env_dir/share/jupyter/lab/settings"
  cp "$root/install/overrides.json" "$env_dir/share/jupyter/lab/settings/overrides.json"
}

# The manual as a site, from what the tests wrote; a link that leads nowhere is a failure. 1: it cannot be built here.
build_manual() {
  if [ ! -x "$env_dir/bin/zensical" ]; then
    printf 'the manual is not built: its tool needs Python 3.11 or newer (found %s)\n' "$("$env_dir/bin/python" -V)" >&2
    return 1
  fi
  (cd "$root/manual" && "$env_dir/bin/zensical" build --clean --strict --config-file zensical.toml)
}
