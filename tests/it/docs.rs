//! What the project says of itself, held against what is there: a name in a document that leads
//! nowhere costs its reader the most when there is the least time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};

use tests::workspace;

use crate::Outcome;

/// Folders that hold what was fetched or built, and no words of ours.
const NOT_OURS: [&str; 6] =
    [".git", ".venv", ".venv-build", ".venv-scan", ".venv-validate", "target"];

/// Folders of which documents name files in backticks.
const ROOTS: [&str; 7] = [".ci/", "docs/", "events/", "functions/", "infra/", "shared/", "tests/"];

/// What stands before a field that is for the function alone and in no report.
const SKIPPED: &str = "#[serde(skip)]\n    pub ";

/// Columns of a line. A row of a table cannot be broken, and is left out.
const WIDEST: usize = 120;

fn read(path: impl AsRef<Path>) -> io::Result<String> {
    let path = workspace().join(path);
    fs::read_to_string(&path)
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// Every document by its path from the root.
fn documents() -> io::Result<BTreeMap<PathBuf, String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(workspace().join(&folder))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                let ours = !NOT_OURS.iter().any(|other| entry.file_name() == *other);
                folders.extend(ours.then_some(path));
            } else if path.extension().is_some_and(|extension| extension == "md") {
                found.insert(path.clone(), read(&path)?);
            }
        }
    }
    Ok(found)
}

/// What stands between two marks, wherever both stand on one line.
fn between<'a>(text: &'a str, left: &'a str, right: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines().flat_map(move |line| {
        let mut rest = line;
        iter::from_fn(move || {
            let (inner, after) = rest.split_once(left)?.1.split_once(right)?;
            rest = after;
            Some(inner)
        })
    })
}

/// What begins after one mark and ends before another.
fn part<'a>(text: &'a str, from: &str, to: &str) -> Result<&'a str, String> {
    let (_, part) = text.split_once(from).ok_or_else(|| format!("{from} is not there"))?;
    let (part, _) = part.split_once(to).ok_or_else(|| format!("{from} has no end {to}"))?;
    Ok(part)
}

/// What the rows of a table begin with, in backticks: one name or several.
fn first_cells(table: &str) -> impl Iterator<Item = &str> {
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| Some(row.split_once(" |")?.0));
    cells.flat_map(|cell| between(cell, "`", "`"))
}

/// Commands: what stands in backticks, and lines that are set off as code.
fn commands(document: &str) -> impl Iterator<Item = &str> {
    let set_off = document.lines().filter_map(|line| line.strip_prefix("    "));
    between(document, "`", "`").chain(set_off)
}

/// The anchors of a document's headings, as GitHub makes them.
fn anchors(document: &str) -> BTreeSet<String> {
    let headings = document.lines().filter(|line| line.starts_with('#'));
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    headings
        .map(|heading| heading.trim_start_matches('#').trim().to_lowercase())
        .map(|heading| heading.chars().filter(kept).collect::<String>().replace(' ', "-"))
        .collect()
}

/// Holds where a document writes each name as code, and there are names at all.
fn tells_of_each<'a>(document: &str, names: impl IntoIterator<Item = &'a str>) -> Outcome {
    let text = read(document)?;
    let names: BTreeSet<&str> = names.into_iter().collect();
    assert!(!names.is_empty(), "nothing is expected of {document}");
    let told = |name: &str| text.contains(&format!("`{name}`"));
    let missing: Vec<&str> = names.into_iter().filter(|name| !told(name)).collect();
    assert!(missing.is_empty(), "{document} does not tell of {missing:?}");
    Ok(())
}

#[test]
fn every_link_leads_to_a_file_and_every_anchor_to_a_heading() -> Outcome {
    let mut lost = Vec::new();
    for (path, text) in documents()? {
        for link in between(&text, "](", ")").filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let beside = path.parent().unwrap_or(Path::new(""));
            let target = if file.is_empty() { path.clone() } else { beside.join(file) };
            let there = workspace().join(&target).exists();
            if !there || !(anchor.is_empty() || anchors(&read(&target)?).contains(anchor)) {
                lost.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
    Ok(())
}

#[test]
fn every_make_target_that_is_named_exists() -> Outcome {
    let makefile = read("Makefile")?;
    let rules = makefile.lines().filter(|line| !line.starts_with(['\t', '.', '#']));
    let targets: BTreeSet<&str> = rules.filter_map(|line| Some(line.split_once(':')?.0)).collect();
    for (path, text) in documents()? {
        for command in commands(&text).filter_map(|line| line.trim_start().strip_prefix("make ")) {
            let target = command.split_whitespace().next().unwrap_or_default();
            assert!(targets.contains(target), "{}: make {target}", path.display());
        }
    }
    Ok(())
}

#[test]
fn every_path_that_is_named_exists() -> Outcome {
    for (path, text) in documents()? {
        for name in between(&text, "`", "`") {
            let pattern = name.contains(['<', '*', '…', ' ', '{']);
            let ours = ROOTS.iter().any(|root| name.starts_with(root)) && !pattern;
            assert!(!ours || workspace().join(name).exists(), "{}: {name}", path.display());
        }
    }
    Ok(())
}

#[test]
fn no_line_outside_of_a_table_is_wider_than_a_screen() -> Outcome {
    let mut wide = Vec::new();
    for (path, text) in documents()? {
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > WIDEST && !line.starts_with('|') {
                wide.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
    Ok(())
}

#[test]
fn every_tag_has_its_row() -> Outcome {
    let source = read("shared/src/policy/tags.rs")?;
    tells_of_each("docs/tags.md", between(part(&source, "const SETTINGS", "];")?, "\"", "\""))
}

#[test]
fn every_field_of_a_report_has_its_row() -> Outcome {
    let source = read("shared/src/report.rs")?;
    for name in ["Report", "DecisionLine", "NoticeLine", "UnreadableLine"] {
        let fields = part(&source, &format!("pub struct {name} {{"), "\n}")?;
        let reported = fields.replace(SKIPPED, "// ");
        tells_of_each("docs/report.md", between(&reported, "    pub ", ":"))?;
    }
    Ok(())
}

/// Both ways: what is counted is told, and what is told is counted somewhere in the core.
#[test]
fn every_count_has_its_row_and_every_row_its_count() -> Outcome {
    let mut counting = String::new();
    for entry in fs::read_dir(workspace().join("shared/src/reconcile"))? {
        counting += &read(entry?.path())?;
    }
    let report = read("shared/src/report.rs")?;
    let metrics = between(part(&report, "METRICS", "];")?, "\"", "\"");
    tells_of_each("docs/report.md", between(&counting, "report.count(\"", "\"").chain(metrics))?;

    let core = counting
        + &report
        + &read("shared/src/aws/lambda.rs")?
        + &read("shared/src/decide/notice.rs")?
        + &read("shared/src/ledger/incident.rs")?;
    let page = read("docs/report.md")?;
    let table = part(&page, "## Counts and metrics", "\n## ")?;
    for name in first_cells(table) {
        assert!(core.contains(&format!("\"{name}\"")), "docs/report.md: {name} is counted nowhere");
    }
    Ok(())
}

/// Both ways: an alarm without words helps nobody, and words without their alarm mislead.
#[test]
fn every_alarm_of_the_template_says_what_to_do_and_no_other_does() -> Outcome {
    let template = read("infra/template.yaml")?;
    let lines: Vec<&str> = template.lines().map(str::trim).collect();
    let alarms = lines.windows(2).filter_map(|pair| match pair {
        [name, "Type: AWS::CloudWatch::Alarm"] => Some(name.trim_end_matches(':')),
        _ => None,
    });
    let alarms: BTreeSet<&str> = alarms.collect();
    tells_of_each("docs/operating.md", alarms.iter().copied())?;
    let page = read("docs/operating.md")?;
    let told: BTreeSet<&str> = first_cells(part(&page, "## Alarms", "\n## ")?).collect();
    assert_eq!(told, alarms);
    Ok(())
}

#[test]
fn every_parameter_of_the_template_has_its_row() -> Outcome {
    let template = read("infra/template.yaml")?;
    let parameters = part(&template, "\nParameters:\n", "\n\n")?.lines();
    let names = parameters.filter_map(|line| line.strip_prefix("  "));
    let names = names.filter(|line| !line.starts_with(' '));
    tells_of_each("docs/settings.md", names.map(|line| line.trim_end_matches(':')))
}

/// What shows that a threat is met: files, each with its tests, in the last column of its row.
#[test]
fn every_threat_is_shown_by_tests_that_there_are() -> Outcome {
    let page = read("docs/security.md")?;
    let rows = part(&page, "| --- | --- | --- | --- |\n", "\n\n")?;
    for row in rows.lines() {
        let shown = row.trim_end_matches('|').rsplit('|').next().unwrap_or_default();
        for shown in shown.split(';') {
            let mut names = between(shown, "`", "`");
            let source = read(names.next().ok_or(row)?)?;
            let tests: Vec<&str> = names.collect();
            let defined = |test: &&str| {
                ["fn", "def"].iter().any(|word| source.contains(&format!("{word} {test}(")))
            };
            assert!(!tests.is_empty() && tests.iter().all(defined), "{row}");
        }
    }
    Ok(())
}

#[test]
fn every_decision_record_is_listed() -> Outcome {
    let index = read("docs/README.md")?;
    for record in fs::read_dir(workspace().join("docs/decisions"))? {
        let name = record?.file_name().to_string_lossy().into_owned();
        assert!(index.contains(&format!("(decisions/{name})")), "docs/README.md: {name}");
    }
    Ok(())
}
