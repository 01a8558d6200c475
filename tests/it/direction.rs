//! The rules of direction that keep the core pure and the mains alike. Each rule was broken by
//! somebody somewhere; `CONTRIBUTING.md` says why it is one.
#![allow(clippy::unwrap_used, reason = "a source that cannot be read fails the test that reads it")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "no sources in {folder}");
    found
}

/// The lines of code: no comments, and nothing from the tests at a file's end.
fn code(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = source.lines().take_while(|line| line.trim() != "#[cfg(test)]");
    lines.enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn nowhere(folder: &str, words: &[&str]) {
    let broken: Vec<String> = sources(folder)
        .iter()
        .flat_map(|(path, source)| {
            let hits =
                code(source).filter(|(_, line)| words.iter().any(|word| line.contains(word)));
            hits.map(|(n, line)| format!("{}:{}: {}", path.display(), n + 1, line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(broken.is_empty(), "{folder} must not name any of {words:?}:\n{}", broken.join("\n"));
}

#[test]
fn decisions_name_no_events_no_clouds_no_async_and_cannot_fail() {
    nowhere(
        "shared/src/decide",
        &["crate::event", "crate::aws", "crate::ports", "crate::reconcile", "async ", "Result<"],
    );
}

#[test]
fn events_know_nothing_but_names_and_the_shape_of_a_notice() {
    nowhere(
        "shared/src/event",
        &["crate::decide", "crate::policy", "crate::ledger", "crate::ports", "crate::aws"],
    );
}

#[test]
fn the_core_reads_no_clock_no_environment_and_no_random_order() {
    for folder in ["decide", "event", "world", "plan", "ledger", "policy", "time", "reconcile"] {
        nowhere(
            &format!("shared/src/{folder}"),
            &["SystemTime", "Instant::", "Timestamp::now", "env::var", "HashMap", "HashSet"],
        );
    }
}

#[test]
fn sdk_types_stop_at_the_adapters() {
    for (path, source) in sources("shared/src") {
        let adapter = path.components().any(|part| part.as_os_str() == "aws");
        let named = code(&source).any(|(_, line)| line.contains("aws_sdk_"));
        assert!(adapter || !named, "{} names an SDK", path.display());
    }
}

#[test]
fn mains_are_twins_without_decisions() {
    for (path, source) in sources("functions") {
        assert!(source.lines().count() <= 60, "{} is longer than wiring", path.display());
        for (n, line) in code(&source) {
            let decides =
                ["if ", "match ", "for ", "while "].iter().any(|word| line.contains(word));
            assert!(!decides, "{}:{}: {line}", path.display(), n + 1);
        }
    }
}

#[test]
fn functions_depend_on_the_shared_crate_and_never_on_each_other() {
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let manifest = fs::read_to_string(entry.unwrap().path().join("Cargo.toml")).unwrap();
        let (_, dependencies) = manifest.split_once("[dependencies]").unwrap();
        let (dependencies, _) = dependencies.split_once("\n[").unwrap_or((dependencies, ""));
        for line in dependencies.lines().filter(|line| line.contains('=')) {
            let name = line.split(['.', ' ', '=']).next().unwrap();
            assert!(name == "shared", "a function depends on {name}: {line}");
        }
        assert!(!dependencies.contains("testing"), "test code would ship: {dependencies}");
    }
}

#[test]
fn the_doctor_takes_no_port_that_writes() {
    let ports = [
        "AskReadiness",
        "BringBack",
        "BuryMessages",
        "Ledger for",
        "MaintenancePorts",
        "ReplaceMembers",
        "SendHints",
        "TakeOut",
        "TellPeople",
        "aws_sdk_",
    ];
    let reads = |line: &str| line.replace("ReadLedger for", "");
    for (path, source) in sources("infra/doctor") {
        for (n, line) in code(&source) {
            let writes = ports.iter().find(|port| reads(line).contains(**port));
            assert_eq!(writes, None, "{}:{}: {line}", path.display(), n + 1);
        }
    }
    let manifest = fs::read_to_string(root().join("infra/doctor/Cargo.toml")).unwrap();
    assert!(!manifest.contains("aws-sdk-"), "the SDKs come with shared's features");
}

#[test]
fn no_file_is_longer_than_five_hundred_lines() {
    for folder in ["shared", "functions", "infra", "tests"] {
        for (path, source) in sources(folder) {
            let lines = source.lines().count();
            assert!(lines <= 500, "{} has {lines} lines: two rooms in one", path.display());
        }
    }
}
