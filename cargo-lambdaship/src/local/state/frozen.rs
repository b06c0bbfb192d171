//! Values that change seldom: copies of the state share them and the text that they are written as, so that a change
//! of one does not cost more with every other one that there is.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::value::{RawValue, to_raw_value};

/// A value that is replaced and never changed.
pub(crate) struct Frozen<T>(Arc<Inner<T>>);

struct Inner<T> {
    value: T,
    /// Made when it is first written.
    text: OnceLock<Box<RawValue>>,
}

impl<T> Frozen<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(Inner { value, text: OnceLock::new() }))
    }
}

impl<T> Clone for Frozen<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Deref for Frozen<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: Serialize> Serialize for Frozen<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(text) = self.0.text.get() {
            return text.serialize(serializer);
        }
        let text = to_raw_value(&self.0.value).map_err(ser::Error::custom)?;
        self.0.text.get_or_init(|| text).serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Frozen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        let value = serde_json::from_str(text.get()).map_err(de::Error::custom)?;
        Ok(Self(Arc::new(Inner { value, text: OnceLock::from(text) })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_written_as_itself_and_read_back() {
        let frozen = Frozen::new(vec![1, 2]);
        for _ in 0..2 {
            assert_eq!(serde_json::to_string(&frozen).unwrap(), "[1,2]");
        }
        let read: Frozen<Vec<u8>> = serde_json::from_str("[1,2]").unwrap();
        assert_eq!((*read).clone(), [1, 2]);
        assert_eq!(serde_json::to_string(&read.clone()).unwrap(), "[1,2]");
        assert!(serde_json::from_str::<Frozen<Vec<u8>>>("{}").is_err());
    }
}
