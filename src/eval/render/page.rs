//! What the HTML page is made of: tables of cells that sort.

/// A cell of a sortable table.
pub struct Cell {
    /// What is shown.
    pub text: String,
    /// What it is sorted by.
    pub key: String,
    /// CSS class.
    pub class: &'static str,
}

/// A sortable table.
pub struct Grid {
    /// Heads of the columns.
    pub columns: Vec<String>,
    /// Cells, line by line.
    pub lines: Vec<Vec<Cell>>,
}

impl Grid {
    /// A table without lines.
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|c| (*c).to_owned()).collect(), lines: Vec::new() }
    }
}

impl Cell {
    /// Words, sorted by the alphabet.
    pub fn word(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { key: text.clone(), text, class: "word" }
    }

    /// A number shown in some form.
    pub fn number(value: f64, text: impl Into<String>) -> Self {
        Self { text: text.into(), key: format!("{value:.6}"), class: "number" }
    }

    /// A count.
    pub fn count(value: u64) -> Self {
        Self::number(value as f64, value.to_string())
    }

    /// The same, marked.
    pub fn marked(self, class: &'static str) -> Self {
        Self { class, ..self }
    }
}
