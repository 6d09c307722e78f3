//! JUnit XML, which CI systems read: a gate is a test case.

use super::escape;
use crate::eval::report::Report;

/// Gates as test cases; without gates one case a head, so that the run shows up at all.
pub fn junit(report: &Report) -> String {
    let suite = escape(&format!("minwon eval {}", report.model));
    let mut cases = String::new();
    for gate in &report.gates {
        let name = escape(&format!("{} {} {}", gate.figure, gate.kind, gate.limit));
        if gate.passed {
            cases.push_str(&format!("    <testcase classname=\"gates\" name=\"{name}\"/>\n"));
        } else {
            let says = escape(&gate.says);
            cases.push_str(&format!(
                "    <testcase classname=\"gates\" name=\"{name}\">\n      <failure message=\"{says}\"/>\n    </testcase>\n"
            ));
        }
    }
    if report.gates.is_empty() {
        for head in &report.heads {
            let name = escape(&head.head);
            cases.push_str(&format!("    <testcase classname=\"heads\" name=\"{name}\"/>\n"));
        }
    }
    let tests = if report.gates.is_empty() { report.heads.len() } else { report.gates.len() };
    let failures = report.gates.iter().filter(|gate| !gate.passed).count();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"{tests}\" failures=\"{failures}\">\n  \
         <testsuite name=\"{suite}\" tests=\"{tests}\" failures=\"{failures}\">\n{cases}  </testsuite>\n</testsuites>\n"
    )
}
