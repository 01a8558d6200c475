//! Columns for people, without lines or colours.

use std::fmt;

/// Rows under a head. A column of numbers stands to the right, any other to the left.
#[derive(Debug, Clone)]
pub struct Table<const COLUMNS: usize> {
    rows: Vec<[String; COLUMNS]>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// A head without rows.
    pub fn new(head: [&str; COLUMNS]) -> Self {
        Self { rows: vec![head.map(str::to_owned)] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [String; COLUMNS]) {
        self.rows.push(cells);
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
    }

    fn is_of_numbers(&self, column: usize) -> bool {
        let number = |row: &[String; COLUMNS]| {
            row[column].chars().all(|digit| digit.is_ascii_digit() || ",.".contains(digit))
        };
        self.rows.iter().skip(1).all(number)
    }
}

impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths: [usize; COLUMNS] = std::array::from_fn(|column| self.width(column));
        let numbers: [bool; COLUMNS] = std::array::from_fn(|column| self.is_of_numbers(column));
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, width), number) in row.iter().zip(widths).zip(numbers) {
                let cell =
                    if number { format!("{cell:>width$}") } else { format!("{cell:<width$}") };
                line.push_str("  ");
                line.push_str(&cell);
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_to_the_right_and_words_to_the_left() {
        let mut table = Table::new(["fault", "times", "what"]);
        table.row(["lost".into(), "1,024".into(), "a message is lost".into()]);
        table.row(["repeated".into(), "7".into(), "again".into()]);
        let expected = "  fault     times  what
  lost      1,024  a message is lost
  repeated      7  again
";
        assert_eq!(table.to_string(), expected);
    }
}
