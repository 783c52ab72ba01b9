use std::{
    process,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tonic::{Status, Streaming};

use crate::{
    timed,
    v1::{RequestTurnsRequest, StreamTokensRequest, StreamTokensResponse, Turn},
    Client,
};

/// Turns without end, never more than a window of them ahead of those that were taken.
///
/// A turn counts as used when the next is asked for. After an error, a new supply begins with another
/// id. Dropped, it ends the stream, and the broker takes back what it could not send.
pub struct Supply {
    client: Client,
    account: String,
    stream_id: String,
    stream: Streaming<StreamTokensResponse>,
    batch: std::vec::IntoIter<Turn>,
    window: i64,
    used: i64,
}

impl Supply {
    pub async fn open(mut client: Client, account: &str, window: u32) -> Result<Self, Status> {
        let stream_id = new_stream_id();
        let request = StreamTokensRequest {
            account: account.into(),
            stream_id: stream_id.clone(),
            demand: window.into(),
            batch_size: window.min(1000) as i32,
            ..Default::default()
        };
        Ok(Supply {
            stream: client.stream_tokens(request).await?.into_inner(),
            client,
            account: account.into(),
            stream_id,
            batch: Vec::new().into_iter(),
            window: window.into(),
            used: 0,
        })
    }

    /// Waits for as long as no token is ready.
    pub async fn next(&mut self) -> Result<Turn, Status> {
        if self.used > 0 && self.used >= (self.window + 1) / 2 {
            let request = RequestTurnsRequest {
                account: self.account.clone(),
                stream_id: self.stream_id.clone(),
                count: self.used,
            };
            self.client
                .request_turns(timed(request, Duration::from_secs(10)))
                .await?;
            self.used = 0;
        }
        loop {
            if let Some(turn) = self.batch.next() {
                self.used += 1;
                return Ok(turn);
            }
            let batch = self.stream.message().await?;
            self.batch = batch
                .ok_or_else(|| Status::unavailable("the stream has ended"))?
                .turns
                .into_iter();
        }
    }
}

/// Different from that of every other open stream of the account; a UUID does as well.
fn new_stream_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos();
    format!(
        "{now:x}-{}-{}",
        process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    )
}
