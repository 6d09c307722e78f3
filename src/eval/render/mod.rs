//! An evaluation for people and machines to read: terminal, HTML, JUnit, JSON. The same report gives the same bytes.

mod html;
mod junit;
mod page;
mod svg;
mod table;
mod words;

pub use html::html;
pub use junit::junit;
pub use table::{drift_table, table};

/// Characters that mean something in XML and HTML, spelt out.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
