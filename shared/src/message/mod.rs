//! What people and programs are told, in the form in which it is sent: one message for all of a
//! look, one event for each notification. Pure; the adapters only send.

mod chat;
mod event;
pub mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::ids::Place;
use crate::ledger::{Incident, Notification, Standing};

pub use event::Event;

/// Sentences of one message; the log and the bus have them all.
const LINES: usize = 50;

/// Characters of one sentence.
const LONGEST_SENTENCE: usize = 600;

/// Bytes of a mail, so that all protocols together stay below the 256 KiB of SNS.
const LONGEST_EMAIL: usize = 64 * 1024;

/// Characters of a text message: one part of ASCII (`API_Publish`, read 2026-11).
const LONGEST_SMS: usize = 140;

/// What came about so long ago is told with its time.
const LATE: SignedDuration = SignedDuration::from_mins(5);

/// A notification and the incident that owes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News<'a> {
    /// Whose it is.
    pub incident: &'a Incident,
    /// What is told.
    pub notification: &'a Notification,
}

/// One message to the topic, in the words of each protocol. Everything that others wrote is escaped
/// and cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// For mail: at most 100 characters of ASCII.
    pub subject: String,
    /// For chats, as Amazon Q Developer renders it, and for whatever else subscribes.
    pub chat: String,
    /// For mail.
    pub email: String,
    /// For text messages.
    pub sms: String,
}

/// What a message is made of.
struct Draft<'a> {
    place: &'a Place,
    subject: String,
    news: Vec<News<'a>>,
    remarks: Vec<&'a str>,
    left_off: usize,
    now: Timestamp,
}

impl Message {
    /// The message about these notifications, and about what else somebody should read.
    pub fn about(place: &Place, news: &[News<'_>], remarks: &[String], now: Timestamp) -> Self {
        let news = worth_a_line(news);
        let subject = format!("Reberth {}: {}", place.region, summary(&news, remarks.len()));
        let all = news.len() + remarks.len();
        let news: Vec<_> = news.into_iter().take(LINES).collect();
        let room = LINES - news.len();
        let remarks: Vec<_> = remarks.iter().map(String::as_str).take(room).collect();
        let left_off = all - news.len() - remarks.len();
        Draft { place, subject, news, remarks, left_off, now }.message()
    }

    /// A message of one sentence that is about no incident.
    pub fn remark(place: &Place, subject: &str, words: &str, now: Timestamp) -> Self {
        let remarks = vec![words];
        let subject = subject.to_owned();
        Draft { place, subject, news: Vec::new(), remarks, left_off: 0, now }.message()
    }

    /// The document that `Publish` takes with `MessageStructure` json (`API_Publish`, read
    /// 2026-11).
    pub fn document(&self) -> String {
        json!({ "default": self.chat, "email": self.email, "sms": self.sms }).to_string()
    }
}

impl Draft<'_> {
    fn message(&self) -> Message {
        let email = self.email();
        let sentence = email.lines().next().unwrap_or_default();
        Message {
            subject: text::ascii(&self.subject, 100),
            chat: self.chat().to_string(),
            sms: text::ascii(&format!("{}: {sentence}", self.subject), LONGEST_SMS),
            email,
        }
    }

    fn email(&self) -> String {
        let news = self.news.iter().map(|one| self.paragraph(one));
        let remarks = self.remarks.iter().map(|words| text::plain(words, LONGEST_SENTENCE) + "\n");
        let mut email = String::new();
        let mut left_off = self.left_off;
        for paragraph in news.chain(remarks) {
            if email.len() + paragraph.len() < LONGEST_EMAIL {
                let _ = writeln!(email, "{paragraph}");
            } else {
                left_off += 1;
            }
        }
        if left_off > 0 {
            let _ = writeln!(email, "And {left_off} more: the log has them.\n");
        }
        let _ = writeln!(email, "Account {}, {}.", self.place.account, self.place.region);
        email
    }

    fn paragraph(&self, News { incident, notification }: &News<'_>) -> String {
        let state = notification.state.code().to_uppercase();
        let words = text::plain(&notification.words, LONGEST_SENTENCE);
        let mut paragraph = format!("{state}: {words}\n  {}\n", self.facts(incident, notification));
        if !notification.cure.is_empty() {
            let cure = text::plain(&notification.cure, LONGEST_SENTENCE);
            let _ = writeln!(paragraph, "  To change it: {cure}.");
        }
        paragraph
    }

    /// What AWS scheduled and when, the attempt, and since when it stands so if that is not new.
    fn facts(&self, incident: &Incident, notification: &Notification) -> String {
        let code = text::plain(incident.code.as_str(), LONGEST_SENTENCE);
        let mut facts = match notification.not_before {
            Some(date) => format!("AWS: {code}, dated {date}."),
            None => format!("AWS: {code}, without a date."),
        };
        if notification.attempt > 1 {
            let _ = write!(facts, " Attempt {}.", notification.attempt);
        }
        if self.now.duration_since(notification.at) >= LATE {
            let _ = write!(facts, " So since {}.", notification.at);
        }
        facts
    }
}

/// Whoever hears how an incident stands need not hear that it was received: each line has AWS's
/// event and date.
fn worth_a_line<'a>(news: &[News<'a>]) -> Vec<News<'a>> {
    let received = |one: &News<'_>| one.notification.state == Standing::Received;
    let more = |one: &News<'_>| {
        let same = |other: &&News<'_>| other.incident.key == one.incident.key;
        news.iter().filter(same).any(|other| !received(other))
    };
    news.iter().filter(|one| !received(one) || !more(one)).copied().collect()
}

/// How many stand in which state, the worst first.
fn summary(news: &[News<'_>], remarks: usize) -> String {
    let mut states: BTreeMap<Standing, usize> = BTreeMap::new();
    for one in news {
        *states.entry(one.notification.state).or_default() += 1;
    }
    let states = states.into_iter().map(|(state, many)| format!("{many} {}", state.code()));
    let remarks = (remarks > 0).then(|| format!("{remarks} to read"));
    states.chain(remarks).collect::<Vec<_>>().join(", ")
}
