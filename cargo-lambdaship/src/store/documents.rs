//! Reading and writing the store's JSON documents, each of which says what it is by its `schema`.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Error, Store};
use crate::aws::{Condition, ETag};

/// The largest document that is read; what is larger was written by nobody who uses this tool.
const LARGEST: usize = 4 << 20;

/// A document as it is in the store.
#[derive(Debug)]
pub(super) struct Kept<T> {
    /// Of this content.
    pub(super) tag: ETag,
    /// What it says.
    pub(super) reading: Reading<T>,
}

/// What a document turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading<T> {
    /// One of the schema that was asked for.
    Good(T),
    /// One of another schema, such as a newer one.
    Foreign,
    /// None at all.
    Garbled,
}

impl Store {
    /// The document under `key`, which should be one of `schema`; `None` when there is none.
    pub(super) async fn document<T: DeserializeOwned>(
        &self,
        key: &str,
        schema: &str,
    ) -> Result<Option<Kept<T>>, Error> {
        let document = self.s3.read(self.at(key), LARGEST).await?;
        Ok(document.map(|document| Kept {
            tag: document.tag,
            reading: document.bytes.map_or(Reading::Garbled, |bytes| read(&bytes, schema)),
        }))
    }

    /// Writes a document on a condition; `None` when that does not hold.
    pub(super) async fn write_document<T: Serialize>(
        &self,
        key: &str,
        document: &T,
        condition: Condition<'_>,
    ) -> Result<Option<ETag>, Error> {
        let json = serde_json::to_vec_pretty(document)
            .map_err(|source| Error::Json { store: self.name.clone(), source })?;
        Ok(self.s3.write(self.at(key), &json, condition).await?)
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8], schema: &str) -> Reading<T> {
    #[derive(serde::Deserialize)]
    struct Named {
        schema: String,
    }
    match serde_json::from_slice::<Named>(bytes) {
        Ok(named) if named.schema != schema => Reading::Foreign,
        Ok(_) => serde_json::from_slice(bytes).map_or(Reading::Garbled, Reading::Good),
        Err(_) => Reading::Garbled,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Deserialize)]
    struct Note {
        text: String,
    }

    #[test]
    fn a_document_is_told_by_its_schema() {
        let good = || Reading::Good(Note { text: "a".to_owned() });
        for (json, expected) in [
            (r#"{"schema": "note/1", "text": "a"}"#, good()),
            (r#"{"schema": "note/1", "text": "a", "later": 1}"#, good()),
            (r#"{"schema": "note/2", "text": "a"}"#, Reading::Foreign),
            (r#"{"schema": "note/1"}"#, Reading::Garbled),
            (r#"{"text": "a"}"#, Reading::Garbled),
            ("[]", Reading::Garbled),
            ("", Reading::Garbled),
        ] {
            assert_eq!(read::<Note>(json.as_bytes(), "note/1"), expected, "{json}");
        }
    }
}
