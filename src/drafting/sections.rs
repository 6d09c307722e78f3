//! The outer shape of a topic's file: front matter between `+++` lines, then texts under `## ` headings. What stands in
//! them is read in [`super::topic`].

use std::collections::BTreeMap;

use super::slots::{SlotError, Template};
use super::topic::Section;

/// Front matter, body, and the line on which the body begins.
pub(super) fn split(text: &str) -> Result<(&str, &str, usize), (usize, &'static str)> {
    const FENCE: &str = "+++";
    let missing = "expected `+++` on the first line, the front matter, and `+++` again";
    let rest = text.strip_prefix(FENCE).and_then(|rest| rest.trim_start_matches('\r').strip_prefix('\n'));
    let rest = rest.ok_or((1, missing))?;
    let mut at = 0;
    for (n, line) in rest.split_inclusive('\n').enumerate() {
        if line.trim_end() == FENCE {
            return Ok((&rest[..at], &rest[at + line.len()..], n + 3));
        }
        at += line.len();
    }
    Err((text.lines().count(), "the front matter is not closed by `+++`"))
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
