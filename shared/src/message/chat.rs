//! The document that Amazon Q Developer in chat applications renders: its custom notification (AWS
//! doc "Custom notifications using Amazon Q Developer in chat applications", read 2026-11). That
//! page gives the fields; how long each may be here is our own choice, so that a chat shows all.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Draft, LONGEST_SENTENCE, News, text};

/// Characters of the whole description. The text of a section in Slack takes 3,000, says a library
/// that checks it (docs.rs, `slack-blocks` 0.23.0, `Section::validate`, read 2026-11).
const LONGEST_DESCRIPTION: usize = 2_900;

/// Next steps and keywords.
const MOST_STEPS: usize = 5;

/// Instances that are named as related resources.
const MOST_RESOURCES: usize = 20;

impl Draft<'_> {
    /// The custom notification.
    pub(super) fn chat(&self) -> Value {
        let title = text::markdown(&self.subject, 200);
        let mut metadata = json!({
            "summary": title,
            "eventType": "reberth",
            "relatedResources": self.instances(),
            "additionalContext": {
                "account": self.place.account.as_str(),
                "region": self.place.region.as_str(),
            },
        });
        if let Some(thread) = self.thread() {
            metadata["threadId"] = json!(thread);
        }
        json!({
            "version": "1.0",
            "source": "custom",
            "id": self.id(),
            "content": {
                "textType": "client-markdown",
                "title": title,
                "description": self.description(),
                "nextSteps": self.next_steps(),
                "keywords": self.keywords(),
            },
            "metadata": metadata,
        })
    }

    /// Of one notification its own; otherwise that of the moment, since what is told together once
    /// may be told apart the next time.
    fn id(&self) -> String {
        match self.news.as_slice() {
            [News { incident, notification }] => notification.id(incident),
            _ => format!("{}/{}", self.place.region, self.now.as_millisecond()),
        }
    }

    fn description(&self) -> String {
        let news = self.news.iter().map(|News { notification, .. }| {
            let state = notification.state.code().to_uppercase();
            format!("*{state}* {}", text::markdown(&notification.words, LONGEST_SENTENCE))
        });
        let remarks = self.remarks.iter().map(|words| text::markdown(words, LONGEST_SENTENCE));
        let mut description = String::new();
        let mut left_off = self.left_off;
        let mut length = 0;
        for line in news.chain(remarks) {
            length += line.chars().count() + 1;
            if length > LONGEST_DESCRIPTION {
                left_off += 1;
            } else {
                description.push_str(&line);
                description.push('\n');
            }
        }
        if left_off > 0 {
            let _ = write!(description, "And {left_off} more: the log has them.");
        }
        description
    }

    fn next_steps(&self) -> Vec<String> {
        let cures = self.news.iter().map(|one| one.notification.cure.as_str());
        let cures: BTreeSet<&str> = cures.filter(|cure| !cure.is_empty()).collect();
        cures.into_iter().take(MOST_STEPS).map(|cure| text::markdown(cure, 300)).collect()
    }

    fn keywords(&self) -> Vec<String> {
        let states = self.news.iter().map(|one| one.notification.state.code().to_owned());
        let codes = self.news.iter().map(|one| text::markdown(one.incident.code.as_str(), 60));
        let words: BTreeSet<String> = states.chain(codes).collect();
        words.into_iter().take(MOST_STEPS).collect()
    }

    fn instances(&self) -> Vec<&str> {
        let all = self.news.iter().map(|one| one.incident.key.instance.as_str());
        let all: BTreeSet<&str> = all.collect();
        all.into_iter().take(MOST_RESOURCES).collect()
    }

    /// What is about one instance, or one group, goes on where the last word about it stands.
    fn thread(&self) -> Option<String> {
        let instances: BTreeSet<_> =
            self.news.iter().map(|one| &one.incident.key.instance).collect();
        if let (Some(instance), 1) = (instances.first(), instances.len()) {
            return Some(instance.to_string());
        }
        let groups: BTreeSet<_> = self.news.iter().map(|one| &one.incident.group).collect();
        match (groups.first(), groups.len()) {
            (Some(Some(group)), 1) => Some(text::plain(group.as_str(), 100)),
            _ => None,
        }
    }
}
