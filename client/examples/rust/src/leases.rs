use std::{collections::HashMap, time::Duration};

use tonic::{Status, Streaming};

use crate::{
    retried, timed,
    v1::{
        stream_leases_response::Event, Lease, ReleaseLeaseRequest, StreamLeasesRequest,
        StreamLeasesResponse,
    },
    Client,
};

/// Leases that the broker renews for as long as this is open.
pub struct Leases {
    client: Client,
    stream: Streaming<StreamLeasesResponse>,
    held: HashMap<String, Lease>,
}

impl Leases {
    pub async fn open(mut client: Client, request: StreamLeasesRequest) -> Result<Self, Status> {
        Ok(Leases {
            stream: client.stream_leases(request).await?.into_inner(),
            client,
            held: HashMap::new(),
        })
    }

    /// The next event; none when the broker has ended the stream. After revoked or lost, the token must
    /// not be used any more. Nothing is lost when this is cancelled.
    pub async fn next(&mut self) -> Result<Option<Event>, Status> {
        let event = self
            .stream
            .message()
            .await?
            .and_then(|response| response.event);
        match &event {
            Some(Event::Granted(granted)) => {
                if let Some(lease) = &granted.lease {
                    self.held.insert(lease.lease_id.clone(), lease.clone());
                }
            }
            Some(Event::Lost(lost)) => {
                self.held.remove(&lost.lease_id);
            }
            Some(Event::Revoked(revoked)) => {
                self.held.remove(&revoked.lease_id);
            }
            Some(Event::Renewed(_)) | None => {}
        }
        Ok(event)
    }

    /// Gives back what is held, so that others need not wait until it expires.
    pub async fn release(self) -> Result<Vec<Lease>, Status> {
        let Leases {
            client,
            stream,
            held,
        } = self;
        // open, it would bring the next lease with each release
        drop(stream);
        for lease in held.values() {
            retried(|| {
                let mut client = client.clone();
                let request = ReleaseLeaseRequest {
                    lease_id: lease.lease_id.clone(),
                    fencing_number: lease.fencing_number,
                    report: None,
                };
                async move {
                    client
                        .release_lease(timed(request, Duration::from_secs(10)))
                        .await
                }
            })
            .await?;
        }
        Ok(held.into_values().collect())
    }
}
