//! Text that others wrote, made harmless: tags, names, AWS's words and those of its errors stand in
//! our sentences, and whoever reads them in a mail or a chat must not be led anywhere by them.

/// Text for a reader that renders no markup: one line, no invisible characters, no links, cut.
pub fn plain(text: &str, most: usize) -> String {
    cut(&without_links(&one_line(text)), most)
}

/// Text for a chat that renders markdown of its own kind, Slack's or that of Teams. The two escape
/// differently, so what is markup in either becomes a character that looks alike and means nothing.
pub fn markdown(text: &str, most: usize) -> String {
    let plain = plain(text, most);
    let characters: Vec<char> = plain.chars().collect();
    let mut escaped = String::with_capacity(plain.len());
    for (place, character) in characters.iter().enumerate() {
        match character {
            // Slack's documented escape, which Teams reads as well.
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push('‹'),
            '>' => escaped.push('›'),
            '[' => escaped.push('('),
            ']' => escaped.push(')'),
            '*' => escaped.push('∗'),
            '~' => escaped.push('∼'),
            '`' => escaped.push('\''),
            '|' => escaped.push('¦'),
            // Within a word it is no markup, and names are full of it.
            '_' if !within_a_word(&characters, place) => escaped.push('-'),
            other => escaped.push(*other),
        }
    }
    escaped
}

/// Text for what takes nothing but ASCII.
pub fn ascii(text: &str, most: usize) -> String {
    let shown = |c: char| if c.is_ascii_graphic() || c == ' ' { c } else { '?' };
    one_line(text).trim().chars().take(most).map(shown).collect()
}

/// Line breaks and controls become spaces, of which one is enough. What is not seen, or turns the
/// direction of reading, is left out; look-alikes of the characters of an address become those.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for character in text.chars().filter(|character| !invisible(*character)) {
        let character = match character {
            '\u{3002}' | '\u{ff0e}' | '\u{ff61}' | '\u{2024}' => '.',
            '\u{ff1a}' => ':',
            '\u{ff0f}' => '/',
            '\u{ff20}' => '@',
            '\u{2028}' | '\u{2029}' => ' ',
            other if other.is_control() || other.is_whitespace() => ' ',
            other => other,
        };
        let repeated = |one: char| character == one && line.ends_with(one);
        // Two backslashes begin the path of a shared folder, which mail programs link.
        if !repeated(' ') && !repeated('\\') {
            line.push(character);
        }
    }
    line
}

/// Characters without a shape of their own (Unicode's categories Cf, Co and variation selectors).
fn invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e000}'..='\u{f8ff}'
            | '\u{e0000}'..='\u{10ffff}'
    )
}

/// Mail programs and chats make a link of whatever looks like an address.
fn without_links(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = |place: usize| characters.get(place).copied().unwrap_or(' ');
    let mut broken = String::with_capacity(text.len());
    for (place, character) in characters.iter().enumerate() {
        let before = place.checked_sub(1).map_or(' ', at);
        let joins = before.is_alphanumeric() && at(place + 1).is_alphabetic();
        match character {
            '.' if joins => broken.push_str("[.]"),
            ':' if at(place + 1) == '/' && at(place + 2) == '/' => broken.push_str("[:]"),
            '@' if at(place + 1) != ' ' => broken.push_str("(at)"),
            other => broken.push(*other),
        }
    }
    broken
}

fn within_a_word(characters: &[char], place: usize) -> bool {
    let word = |place: Option<usize>| {
        place.and_then(|place| characters.get(place)).is_some_and(|c| c.is_alphanumeric())
    };
    word(place.checked_sub(1)) && word(Some(place + 1))
}

fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_others_wrote_becomes_a_link() {
        for (written, shown) in [
            ("see https://evil.example/pay now", "see https[:]//evil[.]example/pay now"),
            ("www.evil.example", "www[.]evil[.]example"),
            ("evil。example", "evil[.]example"),
            ("https：／／evil．example", "https[:]//evil[.]example"),
            ("ops@evil.example", "ops(at)evil[.]example"),
            ("@here, all", "(at)here, all"),
            (r"\\evil\share", r"\evil\share"),
            ("Sun 02:00 @ Europe/Paris", "Sun 02:00 @ Europe/Paris"),
            ("It serves. Wait 0.5 h until 2026-12-01T04:00:00Z.", ""),
        ] {
            let expected = if shown.is_empty() { written } else { shown };
            assert_eq!(plain(written, 100), expected, "{written}");
        }
    }

    #[test]
    fn a_sentence_stays_one_line_and_reads_from_left_to_right() {
        assert_eq!(plain("a\r\n\tb\u{2028}c\u{0}d", 100), "a b c d");
        assert_eq!(plain("a\u{202e}b\u{2066}c\u{200b}d\u{feff}", 100), "abcd");
        assert_eq!(plain("Grüße, 日本", 100), "Grüße, 日本");
    }

    #[test]
    fn no_markup_of_others_is_rendered() {
        let written = "<!channel> *pay* _now_ ~old~ `x` [here](https://evil.example) a_b & c|d";
        let shown =
            "‹!channel› ∗pay∗ -now- ∼old∼ 'x' (here)(https(:)//evil(.)example) a_b &amp; c¦d";
        assert_eq!(markdown(written, 200), shown);
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(plain(&"é".repeat(500), 10), format!("{}…", "é".repeat(9)));
        assert_eq!(markdown(&"é".repeat(500), 10), format!("{}…", "é".repeat(9)));
        assert_eq!(ascii("  web: é\nmoved", 100), "web: ? moved");
        assert_eq!(ascii(&"x".repeat(500), 100).len(), 100);
    }
}
