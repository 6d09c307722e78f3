//! The texts of a topic file, each under its heading.

use std::collections::BTreeMap;

use super::slots::{SlotError, Template};

/// One text of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// 해요체, for messengers.
    Chat,
    /// 합쇼체, for letters and the web.
    Letter,
    /// Short, for text messages.
    Sms,
    /// English.
    En,
    /// Chinese.
    Zh,
    /// Vietnamese.
    Vi,
    /// Thai.
    Th,
    /// Russian.
    Ru,
}

impl Section {
    /// All sections with their headings.
    pub const ALL: [(Self, &'static str); 8] = [
        (Self::Chat, "chat"),
        (Self::Letter, "letter"),
        (Self::Sms, "sms"),
        (Self::En, "en"),
        (Self::Zh, "zh"),
        (Self::Vi, "vi"),
        (Self::Th, "th"),
        (Self::Ru, "ru"),
    ];

    /// Its heading.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(section, _)| *section == self).map_or("", |(_, name)| name)
    }

    /// The section in a foreign language, by its code (BCP 47).
    pub fn of_language(code: &str) -> Option<Self> {
        let primary = code.split('-').next().unwrap_or(code);
        let foreign = Self::ALL.iter().skip(3);
        // `ko-Latn` is Korean, however it is spelt.
        foreign.into_iter().find(|(_, name)| *name == primary).map(|(section, _)| *section)
    }
}

/// Texts under their headings.
pub(super) fn sections(
    body: &str,
    first_line: usize,
) -> Result<BTreeMap<Section, Template>, (usize, String)> {
    let mut texts = BTreeMap::new();
    let mut open: Option<(Section, usize, Vec<&str>)> = None;
    let mut close = |open: Option<(Section, usize, Vec<&str>)>| {
        let Some((section, line, lines)) = open else { return Ok(()) };
        let text = lines.join("\n");
        let text = text.trim();
        if text.is_empty() {
            return Err((line, format!("section `## {}` is empty", section.name())));
        }
        let template = Template::parse(text).map_err(|e| (fault_line(&lines, line, &e), e.to_string()))?;
        match texts.insert(section, template) {
            None => Ok(()),
            Some(_) => Err((line, format!("section `## {}` stands twice", section.name()))),
        }
    };
    for (n, line) in body.lines().enumerate() {
        let number = first_line + n;
        if let Some(name) = line.strip_prefix("## ") {
            let known = Section::ALL.iter().find(|(_, known)| *known == name.trim());
            let names = || Section::ALL.map(|(_, name)| name).join(", ");
            let (section, _) = known.ok_or_else(|| {
                (number, format!("unknown section `{}`\nhint: one of {}", name.trim(), names()))
            })?;
            close(open.replace((*section, number, Vec::new())))?;
        } else if let Some((_, _, lines)) = &mut open {
            lines.push(line);
        } else if !line.trim().is_empty() {
            return Err((number, "text before the first section\nhint: begin with `## chat`".to_owned()));
        }
    }
    close(open)?;
    Ok(texts)
}

/// The line of the faulty slot.
fn fault_line(lines: &[&str], heading: usize, error: &SlotError) -> usize {
    let faulty = |line: &&str| Template::parse(line).as_ref() == Err(error);
    heading + 1 + lines.iter().position(faulty).unwrap_or(0)
}
