//! Lists in pages. A marker names the last item of a page and not its place, so that what is deleted between two pages
//! makes nobody miss the rest.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use crate::local::call::Call;
use crate::local::fault::Fault;

/// The most items on a page, whatever `MaxItems` asks for.
const PAGE: usize = 50;
/// The most that `MaxItems` may ask for.
const MOST: usize = 10_000;

/// An item's place in a list: by name, then by number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// Of a version; 0 for `$LATEST` and for what has none.
    pub(crate) number: u64,
}

impl Key {
    pub(crate) fn new(name: &str, number: u64) -> Self {
        Self { name: name.to_owned(), number }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.number)
    }
}

impl FromStr for Key {
    type Err = Fault;

    fn from_str(marker: &str) -> Result<Self, Fault> {
        let key =
            marker.rsplit_once(':').and_then(|(name, number)| Some(Self::new(name, number.parse().ok()?)));
        key.ok_or_else(|| Fault::invalid(format!("Invalid Marker: {marker}")))
    }
}

/// One page of `items`, which are in the order of their keys: at most `MaxItems` after `Marker`. Only what is on the
/// page is rendered.
pub(crate) fn page<T>(
    call: &Call,
    member: &str,
    items: impl Iterator<Item = (Key, T)>,
    render: impl Fn(T) -> Value,
) -> Result<Value, Fault> {
    let after =
        call.query("Marker").filter(|marker| !marker.is_empty()).map(str::parse::<Key>).transpose()?;
    let most = match call.query("MaxItems").map(str::parse::<usize>) {
        None => PAGE,
        Some(Ok(most)) if (1..=MOST).contains(&most) => most.min(PAGE),
        Some(_) => return Err(Fault::validation(format!("MaxItems must be 1 to {MOST}"))),
    };
    let mut rest = items.skip_while(|(key, _)| after.as_ref().is_some_and(|after| key <= after));
    let (mut page, mut last) = (Vec::new(), None);
    for (key, item) in rest.by_ref().take(most) {
        page.push(render(item));
        last = Some(key);
    }
    let mut answer = json!({});
    answer[member] = Value::Array(page);
    if let (Some(_), Some(last)) = (rest.next(), last) {
        answer["NextMarker"] = json!(last.to_string());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_read_back() {
        let keys = [("a", 0), ("a", 9), ("a", 10), ("a-b", 0)].map(|(name, number)| Key::new(name, number));
        assert!(keys.is_sorted());
        for key in keys {
            assert_eq!(key.to_string().parse(), Ok(key));
        }
        for marker in ["a", "a:", "a:x", "7"] {
            assert!(marker.parse::<Key>().is_err(), "{marker}");
        }
    }
}
