//! What the kernel says of itself.
//!
//! Enters: nothing. Leaves: the content of `kernel_info_reply`.

use crate::wire::PROTOCOL_VERSION;
use serde_json::{Value, json};

pub fn kernel_info() -> Value {
    let version = env!("CARGO_PKG_VERSION");
    json!({
        "status": "ok",
        "protocol_version": PROTOCOL_VERSION,
        "implementation": "reconverge",
        "implementation_version": version,
        "language_info": {
            "name": "reconverge",
            "version": version,
            "mimetype": "text/x-reconverge",
            "file_extension": ".rcv",
            "pygments_lexer": "reconverge",
            "codemirror_mode": "reconverge",
        },
        "banner": format!(
            "Reconverge {version}: local orders, global invariants, resolutions and continuous reconciliation.\n\
             Try `use kafka`, then `check Kafka`."
        ),
        "debugger": false,
        "supported_features": [],
        "help_links": [
            { "text": "Reconverge", "url": env!("CARGO_PKG_REPOSITORY") },
            { "text": "Jupyter", "url": "https://docs.jupyter.org" },
        ],
    })
}
