//! `reconverge install`: the kernelspec, where Jupyter looks for it.
//!
//! Enters: where to install. Leaves: `kernel.json` and logos in `…/kernels/NAME`.

use super::output::to_stdout;
use super::{Trouble, Verdict};
use clap::Args;
use serde_json::json;
use std::env;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(after_help = "\
Examples:
  reconverge install                    for the present user
  reconverge install --sys-prefix       into the active Python environment
  reconverge install --prefix /opt/env  into /opt/env/share/jupyter")]
pub(super) struct InstallArguments {
    /// For the present user (the default)
    #[arg(long, conflicts_with_all = ["sys_prefix", "prefix"])]
    user: bool,
    /// Into the active Python environment (virtualenv, conda, or that of `python3`)
    #[arg(long, conflicts_with = "prefix")]
    sys_prefix: bool,
    /// Into PREFIX/share/jupyter
    #[arg(long, value_name = "PREFIX")]
    prefix: Option<PathBuf>,
    /// The kernel's name: letters, digits, `.`, `_`, `-`
    #[arg(long, default_value = "reconverge")]
    name: String,
}

pub(super) fn install(arguments: &InstallArguments) -> Result<Verdict, Trouble> {
    let name = arguments.name.as_str();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.starts_with('.') || !name.chars().all(fits) {
        return Err(Trouble(format!(
            "`{name}` cannot be a kernel's name: letters, digits, `.`, `_`, `-` only"
        )));
    }
    let data = match (&arguments.prefix, arguments.sys_prefix) {
        (Some(prefix), _) => prefix.join("share/jupyter"),
        (None, true) => sys_prefix()?.join("share/jupyter"),
        (None, false) => user_data()?,
    };
    let folder = data.join("kernels").join(name);
    std::fs::create_dir_all(&folder)
        .map_err(|e| Trouble(format!("cannot create {}: {e}", folder.display())))?;
    let spec = serde_json::to_string_pretty(&kernelspec(&env::current_exe()?, name))? + "\n";
    let files: [(&str, &[u8]); 4] = [
        ("kernel.json", spec.as_bytes()),
        ("logo-svg.svg", include_bytes!("../../assets/logo-svg.svg")),
        ("logo-32x32.png", include_bytes!("../../assets/logo-32x32.png")),
        ("logo-64x64.png", include_bytes!("../../assets/logo-64x64.png")),
    ];
    for (file, bytes) in files {
        let path = folder.join(file);
        std::fs::write(&path, bytes).map_err(|e| Trouble(format!("cannot write {}: {e}", path.display())))?;
    }
    to_stdout(&format!("The Reconverge kernel is installed in {}\n", folder.display()));
    Ok(Verdict::AsExpected)
}

fn kernelspec(program: &Path, name: &str) -> serde_json::Value {
    let display = if name == "reconverge" { "Reconverge".into() } else { format!("Reconverge ({name})") };
    json!({
        "argv": [program, "kernel", "{connection_file}"],
        "display_name": display,
        "language": "reconverge",
        "interrupt_mode": "message",
        "kernel_protocol_version": crate::wire::PROTOCOL_VERSION,
        "metadata": { "debugger": false },
    })
}

/// `jupyter --data-dir`.
fn user_data() -> Result<PathBuf, Trouble> {
    if let Some(folder) = set("JUPYTER_DATA_DIR") {
        return Ok(folder);
    }
    let home = set("HOME");
    let folder = if cfg!(target_os = "macos") {
        home.map(|h| h.join("Library/Jupyter"))
    } else {
        set("XDG_DATA_HOME").or_else(|| home.map(|h| h.join(".local/share"))).map(|d| d.join("jupyter"))
    };
    folder.ok_or_else(|| Trouble("no home folder is known; use --prefix".into()))
}

fn sys_prefix() -> Result<PathBuf, Trouble> {
    if let Some(prefix) = set("VIRTUAL_ENV").or_else(|| set("CONDA_PREFIX")) {
        return Ok(prefix);
    }
    let asked = std::process::Command::new("python3").args(["-c", "import sys; print(sys.prefix)"]).output();
    let prefix = asked.ok().filter(|o| o.status.success()).and_then(|o| String::from_utf8(o.stdout).ok());
    match prefix.map(|p| p.trim().to_string()).filter(|p| !p.is_empty()) {
        Some(prefix) => Ok(prefix.into()),
        None => {
            Err(Trouble("no Python environment is active and there is no `python3`; use --prefix".into()))
        }
    }
}

fn set(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from)
}
