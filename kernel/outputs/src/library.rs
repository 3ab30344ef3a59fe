//! The bundled mappings, compiled in: `use kafka` brings `kafka.rcv`.
//!
//! Enters: `notebooks/mappings/*.rcv` at build time. Leaves: names and texts.

const MAPPINGS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/mappings.rs"));

/// Name and text of each, by name.
pub fn mappings() -> Vec<(String, String)> {
    MAPPINGS.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
}
