//! Reading the body of a request up to a limit.

use axum::body::Body;
use futures::StreamExt;

/// The whole body, or `None` when it is over `limit` bytes. Such a body is read to its end all the same, so that the
/// other side gets to see the refusal and not a broken connection.
pub(super) async fn read(body: Body, limit: usize) -> Result<Option<Vec<u8>>, axum::Error> {
    let mut chunks = body.into_data_stream();
    let mut whole = Some(Vec::new());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        whole = whole.filter(|bytes| bytes.len() + chunk.len() <= limit);
        if let Some(bytes) = &mut whole {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_kept_up_to_the_limit() {
        for (length, kept) in [(0, true), (5, true), (6, false)] {
            let chunks = futures::stream::iter((0..length).map(|_| Ok::<_, std::io::Error>("x")));
            let read = read(Body::from_stream(chunks), 5).await.unwrap();
            assert_eq!(read.map(|bytes| bytes.len()), kept.then_some(length));
        }
    }
}
