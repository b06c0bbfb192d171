//! The table: one for all environments.
//!
//! It is written as HTML, in which a name cannot end a cell; markdown's own has no way to write a backslash before a bar in code.

use super::Unchanged;
use super::page::Page;
use super::rows::{Rank, Row};
use super::text::plural;

/// Rows of functions that did not change which are shown beside others.
const UNCHANGED: usize = 5;

/// The rows that are shown, and how many are only counted.
pub(super) struct Table {
    /// The most telling first.
    pub(super) rows: Vec<Row>,
    unchanged: usize,
}

impl Table {
    /// The rows of a page.
    pub(super) fn of(page: &Page<'_>, unchanged: Unchanged) -> Self {
        let mut rows = page.rows();
        let same = rows.iter().filter(|row| row.rank == Rank::Same).count();
        let fold = unchanged == Unchanged::Folded && (same > UNCHANGED || same == rows.len());
        if fold {
            rows.retain(|row| row.rank != Rank::Same);
        }
        Self { rows, unchanged: if fold { same } else { 0 } }
    }

    /// The first rows, and how many there are besides.
    pub(super) fn html(&self, most: usize) -> String {
        let rows = self.rows.get(..most).unwrap_or(&self.rows);
        let hidden = self.rows.len() - rows.len();
        let hidden = (hidden > 0).then(|| format!("and {hidden} more"));
        let only = self.rows.is_empty() && hidden.is_none();
        let same = (self.unchanged > 0 && !only)
            .then(|| format!("{} unchanged", plural(self.unchanged, "function")));
        let rest: Vec<String> = hidden.into_iter().chain(same).collect();
        let rest = if rest.is_empty() { String::new() } else { format!("<p>{}.</p>", rest.join("; ")) };
        if rows.is_empty() { rest } else { format!("{}\n{rest}", filled(rows)).trim_end().to_owned() }
    }
}

fn filled(rows: &[Row]) -> String {
    let several = rows.iter().any(|row| row.env.is_some());
    let sized = rows.iter().any(|row| !row.size.is_empty());
    let env = if several { "<th align=\"left\">environment</th>" } else { "" };
    let size = if sized { "<th align=\"right\">size</th>" } else { "" };
    let mut html = format!(
        "<table>\n<thead>\n<tr><th align=\"left\">function</th>{env}<th align=\"left\">version</th>\
         <th align=\"left\">code</th>{size}<th align=\"left\">what</th></tr>\n</thead>\n<tbody>\n"
    );
    for row in rows {
        let env =
            if several { format!("<td>{}</td>", row.env.as_deref().unwrap_or("–")) } else { String::new() };
        let size = if sized { format!("<td align=\"right\">{}</td>", row.size) } else { String::new() };
        let Row { function, version, code, what, .. } = row;
        html.extend([
            format!(
                "<tr><td>{function}</td>{env}<td>{version}</td><td>{code}</td>{size}<td>{what}</td></tr>"
            ),
            "\n".to_owned(),
        ]);
    }
    html.push_str("</tbody>\n</table>");
    html
}
