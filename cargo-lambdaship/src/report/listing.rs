//! A result that is a list: rows for people, the values themselves as JSON.

use serde::Serialize;

use super::{Format, human, markdown};

/// A list of values of one kind, with the columns that people see.
pub struct Listing<'a, T> {
    /// The header of each column.
    pub header: &'a [&'a str],
    /// The values, which JSON shows whole.
    pub items: &'a [T],
    /// A value's cells, as many as there are columns.
    pub cells: fn(&T) -> Vec<String>,
}

impl<T: Serialize> Listing<'_, T> {
    /// Renders the list as `format`.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let header: Vec<String> = self.header.iter().map(|&title| title.to_owned()).collect();
        let rows = self.items.iter().map(self.cells);
        match format {
            Format::Human => human::table(header, rows),
            Format::Json => format!("{}\n", serde_json::to_string_pretty(self.items).unwrap_or_default()),
            Format::Markdown => markdown::table(&header, rows),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_well_in_each_format() {
        let items = ["a|b", "c"];
        let listing = Listing {
            header: &["NAME", "LENGTH"],
            items: &items,
            cells: |t| vec![(*t).to_owned(), t.len().to_string()],
        };
        assert_eq!(listing.render(Format::Human), "NAME  LENGTH\na|b   3\nc     1\n");
        assert_eq!(listing.render(Format::Json), "[\n  \"a|b\",\n  \"c\"\n]\n");
        assert_eq!(
            listing.render(Format::Markdown),
            "| name | length |\n| --- | --- |\n| a\\|b | 3 |\n| c | 1 |\n"
        );
    }
}
