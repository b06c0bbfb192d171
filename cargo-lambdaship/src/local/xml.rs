//! The little XML that the query protocol's answers need.

use std::fmt::Write;

use quick_xml::escape::partial_escape;

/// An element with children or text.
pub(crate) struct Element {
    name: &'static str,
    content: String,
}

impl Element {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, content: String::new() }
    }

    /// Adds an element that holds `value`.
    pub(crate) fn text(mut self, name: &str, value: &str) -> Self {
        // Writing to a String cannot fail.
        let _ = write!(self.content, "<{name}>{}</{name}>", partial_escape(value));
        self
    }

    /// Adds `child`.
    pub(crate) fn child(mut self, child: &Self) -> Self {
        let _ = write!(self.content, "<{0}>{1}</{0}>", child.name, child.content);
        self
    }

    /// The document with this element as its root.
    pub(crate) fn document(&self, namespace: &str) -> String {
        format!("<{0} xmlns=\"{namespace}\">{1}</{0}>", self.name, self.content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_elements_nest() {
        let inner = Element::new("Role").text("Path", "/a&<b>/");
        let outer = Element::new("Result").child(&inner).document("urn:x");
        assert_eq!(outer, r#"<Result xmlns="urn:x"><Role><Path>/a&amp;&lt;b&gt;/</Path></Role></Result>"#);
    }
}
