//! The groups in which the stack may act.

use std::fmt;

use crate::ids::GroupName;

/// The word that allows standalone instances beside named groups. No group has it as its name: a
/// group's name cannot contain a colon (AWS doc "`CreateAutoScalingGroup`", read 2026-11).
pub const STANDALONE: &str = ":standalone";

/// Names of groups, or beginnings of names such as `web-*`.
///
/// Without any, everything is allowed. With some, nothing else is, standalone instances included,
/// unless [`STANDALONE`] is among them: who names groups did not mean instances outside of any.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct AllowedGroups(Vec<String>);

impl AllowedGroups {
    /// Reads names with commas between them. `None` where a name is missing or has a `*` elsewhere
    /// than at its end: half a list would be read as a wider or another one.
    pub fn read(text: &str) -> Option<Self> {
        if text.trim().is_empty() {
            return Some(Self::default());
        }
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
        let sound = |name: &String| {
            let fixed = name.strip_suffix('*').unwrap_or(name);
            !name.is_empty() && !fixed.contains('*')
        };
        names.iter().all(sound).then_some(Self(names))
    }

    /// Whether the stack may act in the group.
    pub fn allow(&self, group: &GroupName) -> bool {
        let names = |entry: &String| match entry.strip_suffix('*') {
            Some(beginning) => group.as_str().starts_with(beginning),
            None => group.as_str() == entry,
        };
        self.0.is_empty() || self.0.iter().any(names)
    }

    /// Whether the stack may act on instances outside of any group.
    pub fn allow_standalone(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(|entry| entry == STANDALONE)
    }
}

impl fmt::Display for AllowedGroups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("all") } else { f.write_str(&self.0.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_allows_what_it_names_and_an_empty_one_everything() {
        let table = [
            ("", "web", true, true),
            ("web", "web", true, false),
            ("web", "web-2", false, false),
            ("web*", "web-2", true, false),
            ("db, web-*", "web-2", true, false),
            ("*", "anything", true, false),
            ("web, :standalone", "db", false, true),
        ];
        for (text, group, allowed, standalone) in table {
            let groups = AllowedGroups::read(text).unwrap();
            assert_eq!(groups.allow(&GroupName::parse(group).unwrap()), allowed, "{text} {group}");
            assert_eq!(groups.allow_standalone(), standalone, "{text}");
        }
    }
}
