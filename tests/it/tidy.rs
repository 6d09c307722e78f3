//! The house rules of `docs/ARCHITECTURE.md`, checked. Every failure says which file breaks which rule.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below a folder, with their path relative to the repository.
fn rust_files(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path: PathBuf = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(root()).expect("below the root").display().to_string();
                found.push((name, fs::read_to_string(&path).expect("source is UTF-8")));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no Rust file below {folder}");
    found
}

/// Code without the tests at its end and without comments.
fn code(source: &str) -> String {
    let end = source.find("#[cfg(test)]\nmod ").unwrap_or(source.len());
    source[..end].lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// Files that hold only tests or the sentences that tests read.
fn is_test(file: &str) -> bool {
    file.contains("/tests/")
        || ["/tests.rs", "/properties.rs", "/author_set.rs"].iter().any(|end| file.ends_with(end))
}

fn check(breaks: &[String], rule: &str) {
    assert!(breaks.is_empty(), "{rule}:\n{}", breaks.join("\n"));
}

/// Layers from the inside out; a module may name only modules of a lower layer, or its own.
const LAYERS: [&[&str]; 9] = [
    &["domain"],
    &["text", "calendar", "similar", "lifecycle"],
    &["data"],
    &["model"],
    &["inference", "store", "drafting"],
    &["train", "eval"],
    &["service", "telemetry", "config"],
    &["http", "web"],
    &["cli"],
];

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

fn module_of(file: &str) -> &str {
    file.trim_start_matches("src/").split(['/', '.']).next().unwrap_or_default()
}

#[test]
fn imports_run_one_way() {
    let mut breaks = Vec::new();
    for (file, source) in rust_files("src") {
        let module = module_of(&file);
        let Some(own) = layer(module) else { continue };
        let source = code(&source);
        for (i, _) in source.match_indices("crate::") {
            let name: String =
                source[i + 7..].chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            match layer(&name) {
                Some(other) if other > own || (other == own && name != module) => {
                    breaks.push(format!("{file} names `crate::{name}`"));
                }
                _ => {}
            }
        }
    }
    check(&breaks, "imports run from main to domain only");
}

#[test]
fn every_module_has_a_layer() {
    let modules: BTreeSet<String> =
        rust_files("src").iter().map(|(file, _)| module_of(file).to_owned()).collect();
    let unknown: Vec<String> =
        modules.into_iter().filter(|m| layer(m).is_none() && m != "lib" && m != "main").collect();
    check(&unknown, "modules without a layer in tests/it/tidy.rs");
}

#[test]
fn serving_code_knows_neither_training_nor_evaluation() {
    let mut breaks = Vec::new();
    for (file, source) in rust_files("src") {
        let serves =
            ["service", "http", "web", "inference", "store", "drafting", "model"].contains(&module_of(&file));
        if serves
            && (source.contains("crate::train")
                || source.contains("crate::eval")
                || source.contains("crate::data"))
        {
            breaks.push(file);
        }
    }
    check(&breaks, "nothing that serves imports train, eval or data");
}

#[test]
fn pure_rooms_import_no_framework() {
    let mut breaks = Vec::new();
    for (file, source) in rust_files("src") {
        if !["domain", "text", "calendar", "similar", "drafting"].contains(&module_of(&file)) {
            continue;
        }
        for word in [
            "tokio",
            "axum",
            "sqlx",
            "candle",
            "std::fs",
            "TcpListener",
            "TcpStream",
            "UdpSocket",
            "std::time::Instant",
        ] {
            if code(&source).contains(word) {
                breaks.push(format!("{file} names `{word}`"));
            }
        }
    }
    check(&breaks, "domain, text, calendar, similar and drafting are pure");
}

#[test]
fn each_power_has_one_home() {
    let rules: [(&str, &[&str], &[&str]); 5] = [
        ("only cli prints", &["println!", "eprintln!", "print!(", "eprint!(", "dbg!("], &["cli"]),
        ("only http and web know status codes", &["StatusCode"], &["http", "web"]),
        ("only store holds SQL", &["SELECT ", "INSERT INTO", "sqlx::"], &["store"]),
        (
            "model is synchronous",
            &["async fn", "tokio::"],
            &["inference", "service", "http", "web", "store", "cli", "lifecycle"],
        ),
        ("no bare spawn", &["tokio::spawn", "task::spawn("], &["lifecycle"]),
    ];
    let mut breaks = Vec::new();
    for (file, source) in rust_files("src") {
        if is_test(&file) {
            continue;
        }
        let code = code(&source);
        for (rule, words, homes) in rules {
            if !homes.contains(&module_of(&file)) {
                let found = words.iter().filter(|word| code.contains(**word));
                breaks.extend(found.map(|word| format!("{file}: `{word}` ({rule})")));
            }
        }
    }
    check(&breaks, "a power is used outside its home");
}

#[test]
fn unsafe_code_stays_in_the_kernels() {
    let mut breaks = Vec::new();
    for (file, source) in rust_files("src") {
        if !file.starts_with("src/model/kernels/") && code(&source).contains("unsafe ") {
            breaks.push(file);
        }
    }
    check(&breaks, "`unsafe` only in model/kernels (clippy checks the SAFETY lines)");
}

#[test]
fn files_are_short() {
    let long: Vec<String> = rust_files("src")
        .iter()
        .filter_map(|(file, source)| {
            let end = source.find("#[cfg(test)]\nmod ").unwrap_or(source.len());
            let lines = source[..end].lines().count();
            (lines > 300 && !is_test(file)).then(|| format!("{file}: {lines} lines"))
        })
        .collect();
    check(&long, "files stay under 300 lines without their tests");
    let main = fs::read_to_string(root().join("src/main.rs")).expect("main.rs");
    assert!(main.lines().count() < 40, "main.rs only parses, runs and exits");
}

#[test]
fn nothing_is_left_open() {
    // Put together here, so that this file does not find itself.
    let words = [
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
        ["#[", "allow("].concat(),
        ["#[", "ignore"].concat(),
        ["FIX", "ME"].concat(),
        ["std::process::", "exit"].concat(),
    ];
    let mut breaks = Vec::new();
    for (file, source) in rust_files("src").into_iter().chain(rust_files("tests")) {
        breaks.extend(
            words.iter().filter(|word| source.contains(word.as_str())).map(|word| format!("{file}: {word}")),
        );
    }
    check(&breaks, "left open in the code");
}

#[test]
fn every_module_says_what_belongs_there() {
    let silent: Vec<String> = rust_files("src")
        .into_iter()
        .filter(|(_, source)| !source.trim_start().starts_with("//!"))
        .map(|(file, _)| file)
        .collect();
    check(&silent, "a module's first lines say what belongs there");
}

#[test]
fn the_tracked_tree_travels() {
    let listed = std::process::Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let Ok(listed) = listed else { panic!("git is needed to list the tracked files") };
    let names = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    let size: u64 = names
        .split('\0')
        .filter(|name| !name.is_empty())
        .filter_map(|name| fs::metadata(root().join(name)).ok())
        .map(|m| m.len())
        .sum();
    assert!(size > 1_000_000, "the tracked tree holds the model: {size} bytes");
    assert!(size < 60 * 1024 * 1024, "the tracked tree is {} MiB, the limit is 60", size / 1024 / 1024);
}
