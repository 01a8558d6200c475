//! The diagnosis as one page of plain text, to be read from top to bottom.

use jiff::Timestamp;

use crate::case::TrialOutcome;
use crate::diagnosis::{Diagnosis, IncidentRow, TO_MEND};
use crate::event_windows::Proposal;
use crate::findings::{Finding, Weight};
use crate::outlook::OutlookRow;
use crate::scope::ScopeRow;

/// Columns of a line. Commands are not broken, so that they can be copied.
const WIDTH: usize = 100;

/// The page.
pub fn render(diagnosis: &Diagnosis) -> String {
    let mut page = Page(String::new());
    head(&mut page, diagnosis);
    scope(&mut page, &diagnosis.scope);
    outlook(&mut page, &diagnosis.outlook, diagnosis.looked_at);
    incidents(&mut page, diagnosis);
    findings(&mut page, &diagnosis.findings);
    permissions(&mut page, diagnosis);
    event_windows(&mut page, &diagnosis.event_windows);
    not_checked(&mut page, &diagnosis.not_checked);
    verdict(&mut page, diagnosis);
    page.0
}

/// A text that grows by lines.
struct Page(String);

impl Page {
    fn line(&mut self, text: &str) {
        self.0.extend(text.trim_end().chars().flat_map(shown));
        self.0.push('\n');
    }

    fn heading(&mut self, text: &str) {
        self.line("");
        self.line(text);
    }

    /// A sentence behind a label of so many columns, broken between words; further lines hang
    /// under the first.
    fn words(&mut self, label: &str, columns: usize, text: &str) {
        let mut line = format!("{label:columns$}");
        let mut fresh = true;
        for word in text.split_whitespace() {
            let wide = line.chars().count() + 1 + word.chars().count() > WIDTH;
            if wide && !fresh {
                self.line(&line);
                line = " ".repeat(columns);
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(word);
            fresh = false;
        }
        self.line(&line);
    }
}

/// Names and words of others must neither steer a terminal nor turn what stands around them.
fn shown(character: char) -> impl Iterator<Item = char> {
    let turns = matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(character, '\u{2066}'..='\u{2069}');
    let escaped = (turns || character.is_control()).then(|| character.escape_default());
    let plain = escaped.is_none().then_some(character);
    escaped.into_iter().flatten().chain(plain)
}

/// A time to the minute.
fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

fn head(page: &mut Page, diagnosis: &Diagnosis) {
    let Diagnosis { account, region, looked_at, caller, .. } = diagnosis;
    page.line(&format!("Reberth's doctor: account {account}, {region}, {}", minute(*looked_at)));
    page.words("", 0, &format!("It looks and changes nothing. The caller is {caller}."));
    let first = ["MaximumMode", "KillSwitch"];
    let (mut ceilings, others): (Vec<_>, Vec<_>) =
        diagnosis.ceilings.iter().partition(|(name, _)| first.contains(name));
    ceilings.reverse();
    let ceilings = ceilings.into_iter().chain(others);
    let ceilings: Vec<String> = ceilings.map(|(name, value)| format!("{name} {value}")).collect();
    let whose = match &diagnosis.stack {
        Some(stack) => format!("Stack {stack}"),
        None => "No stack was named; the template's defaults".to_owned(),
    };
    page.words("", 0, &format!("{whose}: {}.", ceilings.join(", ")));
}

fn scope(page: &mut Page, rows: &[ScopeRow]) {
    page.heading("1. Who is in scope");
    if rows.is_empty() {
        page.line("   Nobody: no group and no instance carries the tag reberth:mode.");
    }
    let widest = rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).min(44);
    for row in rows {
        let count = match (row.kind, row.members, row.scheduled) {
            ("group", members, scheduled) if row.mode == "off" && members == scheduled => {
                format!("{scheduled} scheduled")
            }
            ("group", 1, scheduled) => format!("1 member, {scheduled} scheduled"),
            ("group", members, scheduled) => format!("{members} members, {scheduled} scheduled"),
            (_, _, 0) => "standalone".to_owned(),
            (_, _, _) => "standalone, scheduled".to_owned(),
        };
        let because = match (row.written.as_str(), row.because) {
            (_, "") => String::new(),
            ("", because) => format!(": {because}"),
            (written, because) => format!("; its owner wrote {written}: {because}"),
        };
        let label = format!("   {:widest$}  {:8}", row.name, row.mode);
        page.words(&label, widest + 15, &format!("{count}{because}"));
    }
}

fn outlook(page: &mut Page, rows: &[OutlookRow], looked_at: Timestamp) {
    page.heading("2. What would be done");
    if rows.is_empty() {
        page.line("   Nothing: AWS has scheduled nothing for anybody in scope.");
    }
    for row in rows {
        let date = match (row.not_before, row.left.as_str()) {
            (Some(date), left) if date > looked_at => format!("{}, in {left}", minute(date)),
            (Some(date), left) => format!("{}, {left}", minute(date)),
            (None, _) => "no date".to_owned(),
        };
        let whose =
            row.group.as_ref().map_or("standalone".to_owned(), |name| format!("group {name}"));
        page.words("   ", 3, &format!("{date}: {} of {}, {whose}", row.code, row.name));
        page.words("      today", 17, &row.today.words);
        if let Some(enforced) = &row.enforced {
            page.words("      enforced", 17, &enforced.words);
        }
        if let Some(at) = row.at {
            let begins = if at <= looked_at { "now".to_owned() } else { minute(at) };
            page.words("      begins", 17, &begins);
        }
        if !row.cure.is_empty() {
            page.words("      cure", 17, row.cure);
        }
    }
}

fn incidents(page: &mut Page, diagnosis: &Diagnosis) {
    page.heading("3. What is open in the ledger");
    if diagnosis.stack.is_none() {
        page.line("   Not read: no stack was named.");
    } else if diagnosis.incidents.is_empty() {
        page.line("   Nothing.");
    }
    for row in &diagnosis.incidents {
        let IncidentRow { instance, event, phase, attempt, first_seen, .. } = row;
        let whose =
            row.group.as_ref().map_or("standalone".to_owned(), |name| format!("group {name}"));
        let out = match row.out_since {
            Some(since) => format!("; out of service since {}", minute(since)),
            None => String::new(),
        };
        let words = format!(
            "{whose}, {event}: {phase}, attempt {attempt}, first seen {} ({} h ago){out}",
            minute(*first_seen),
            row.age_minutes / 60,
        );
        page.words(&format!("   {instance}"), 24, &words);
    }
}

fn findings(page: &mut Page, findings: &[Finding]) {
    for (number, weight, title, nothing) in [
        ("4", Weight::Mend, "What has to be mended", "Nothing."),
        ("5", Weight::Note, "What is worth knowing", "Nothing."),
    ] {
        page.heading(&format!("{number}. {title}"));
        let mut weighed = findings.iter().filter(|finding| finding.weight == weight).peekable();
        if weighed.peek().is_none() {
            page.line(&format!("   {nothing}"));
        }
        for finding in weighed {
            page.words("   ", 3, &format!("{}: {}", finding.code, finding.object));
            page.words("      ", 6, &format!("{}.", finding.words));
            if !finding.cure.is_empty() {
                page.words("      Cure:", 12, &format!("{}.", finding.cure));
            }
        }
    }
}

fn permissions(page: &mut Page, diagnosis: &Diagnosis) {
    page.heading("6. What the caller may, tried with DryRun");
    if diagnosis.trials.is_empty() {
        page.line("   Nothing was tried: nobody is in scope to try it on.");
    }
    let widest = diagnosis.trials.iter().map(|trial| trial.action.len()).max().unwrap_or(0);
    for trial in &diagnosis.trials {
        let outcome = match trial.outcome {
            TrialOutcome::Allowed => "allowed",
            TrialOutcome::Denied => "denied",
            TrialOutcome::Unclear => "unclear",
        };
        let label = format!("   {:widest$}  {outcome:7}", trial.action);
        let words = match trial.words.as_str() {
            "" => format!("on {}", trial.object),
            words => format!("on {}: {words}", trial.object),
        };
        page.words(&label, widest + 14, &words);
    }
    if let Some(role) = &diagnosis.role {
        let words = format!(
            "Simulated for {}: {} actions, {} not allowed.",
            role.arn,
            role.simulated,
            role.denied.len(),
        );
        page.words("   ", 3, &words);
    }
}

fn event_windows(page: &mut Page, proposals: &[Proposal]) {
    page.heading("7. Event windows of EC2 to review");
    if proposals.is_empty() {
        page.line("   None to propose.");
    }
    for Proposal { whose, window, ranges, commands, note } in proposals {
        page.words("   ", 3, &format!("{whose}, {window}: {}", ranges.join(", ")));
        if !note.is_empty() {
            page.words("      ", 6, &format!("Mind: {note}."));
        }
        for command in commands {
            page.line(&format!("      {command}"));
        }
    }
}

fn not_checked(page: &mut Page, reasons: &[String]) {
    page.heading("8. What this cannot tell");
    for reason in reasons {
        page.words("   -", 5, &format!("{reason}."));
    }
}

fn verdict(page: &mut Page, diagnosis: &Diagnosis) {
    let count = |weight| diagnosis.findings.iter().filter(|one| one.weight == weight).count();
    let (mend, note) = (count(Weight::Mend), count(Weight::Note));
    page.line("");
    let words = if diagnosis.exit_status == TO_MEND {
        format!("{mend} to mend, {note} to know. docs/doctor.md says what each means.")
    } else {
        format!("Nothing to mend, {note} to know.")
    };
    page.line(&words);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_break_between_words_and_hang_under_the_first() {
        let mut page = Page(String::new());
        page.words("   label", 10, &"word ".repeat(30));
        let lines: Vec<&str> = page.0.lines().collect();
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert!(lines[0].starts_with("   label  word") && lines[1].starts_with("          word"));
    }

    #[test]
    fn names_of_others_steer_no_terminal() {
        let mut page = Page(String::new());
        page.words("", 0, "a\u{1b}[2Jb c\u{202e}d\u{7}");
        assert_eq!(page.0, "a\\u{1b}[2Jb c\\u{202e}d\\u{7}\n");
    }
}
