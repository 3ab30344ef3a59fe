//! What the kernel says of itself.
//!
//! Enters: nothing. Leaves: the content of `kernel_info_reply`.

use crate::wire::{HelpLink, KernelInfoReply, LanguageInfo, PROTOCOL_VERSION};

pub(super) fn kernel_info() -> KernelInfoReply {
    let version = env!("CARGO_PKG_VERSION");
    KernelInfoReply {
        protocol_version: PROTOCOL_VERSION,
        implementation: "reconverge",
        implementation_version: version,
        language_info: LanguageInfo {
            name: "reconverge",
            version,
            mimetype: "text/x-reconverge",
            file_extension: ".rcv",
            pygments_lexer: "reconverge",
            codemirror_mode: "reconverge",
        },
        banner: format!(
            "Reconverge {version}: local orders, global invariants, resolutions and continuous reconciliation.\n\
             Try `use kafka`, then `check Kafka {{ faults {{ crash 1 }} }}`."
        ),
        debugger: false,
        supported_features: Vec::new(),
        help_links: vec![
            HelpLink { text: "Reconverge", url: env!("CARGO_PKG_REPOSITORY") },
            HelpLink { text: "Jupyter", url: "https://docs.jupyter.org" },
        ],
    }
}
