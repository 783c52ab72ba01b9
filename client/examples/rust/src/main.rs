//! All that a program does with the token broker, once. See README.md.
use std::{env, error::Error, fs, time::Duration};

use tokenbroker_example::{
    connect, retried, timed,
    v1::{
        stream_leases_response::Event, NextTokenRequest, NextTokensRequest, Outcome, Report,
        ReportOutcomeRequest, StreamLeasesRequest,
    },
    Client, Leases, Options, Refusal, Supply,
};
use tokio::signal::unix::{signal, SignalKind};
use tonic::Status;

const TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let client = connect(&Options::from_environment())?;
    let account = env::var("TOKENBROKER_ACCOUNT").unwrap_or("demo".into());
    one_turn(client.clone(), &account).await?;
    refused(client.clone()).await;
    many_turns(client.clone(), &account).await?;
    leases(client, &account).await
}

/// The next token, and what the upstream said to it.
async fn one_turn(client: Client, account: &str) -> Result<(), Status> {
    let next = retried(|| {
        let mut client = client.clone();
        let request = NextTokenRequest {
            account: account.into(),
            wait: true,
            max_wait: Some(seconds(5)),
            ..Default::default()
        };
        async move { client.next_token(timed(request, TIMEOUT)).await }
    })
    .await?;
    let turn = next.into_inner().turn.unwrap_or_default();
    println!("turn {} is of token {}", turn.number, turn.token_id);
    // here the upstream is called with turn.secret; it said 429, Retry-After: 5
    let report = Report {
        outcome: Outcome::RateLimited.into(),
        retry_after: Some(seconds(5)),
        ..Default::default()
    };
    retried(|| {
        let mut client = client.clone();
        let request = ReportOutcomeRequest {
            account: account.into(),
            token_id: turn.token_id.clone(),
            turn: turn.number,
            report: Some(report.clone()),
            ..Default::default()
        };
        async move { client.report_outcome(timed(request, TIMEOUT)).await }
    })
    .await?;
    println!("token {} rests", turn.token_id);
    println!("a turn may be printed like this: {turn:?}");
    Ok(())
}

#[cfg(feature = "conformance")]
use pbjson_types::Duration as ProtoDuration;
#[cfg(not(feature = "conformance"))]
use prost_types::Duration as ProtoDuration;

fn seconds(seconds: i64) -> ProtoDuration {
    ProtoDuration { seconds, nanos: 0 }
}

async fn refused(mut client: Client) {
    let nobody = NextTokenRequest {
        account: "nobody".into(),
        ..Default::default()
    };
    if let Err(status) = client.next_token(timed(nobody, TIMEOUT)).await {
        println!("{}", Refusal::from(&status));
    }
    let none = NextTokensRequest {
        account: "nobody".into(),
        count: -1,
        ..Default::default()
    };
    if let Err(status) = client.next_tokens(timed(none, TIMEOUT)).await {
        println!("{}", Refusal::from(&status));
    }
}

/// A supply for a worker: the broker makes turns only as fast as they are used here.
async fn many_turns(client: Client, account: &str) -> Result<(), Status> {
    let mut supply = Supply::open(client, account, 10).await?;
    for _ in 0..20 {
        let _turn = supply.next().await?;
    }
    println!("20 turns of a supply, at most 10 ahead");
    Ok(())
}

/// A token of one's own, until Ctrl-C or SIGTERM.
async fn leases(client: Client, account: &str) -> Result<(), Box<dyn Error>> {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let request = StreamLeasesRequest {
        account: account.into(),
        window: 1,
        // a name of this process that stays over restarts: two with one name end each other's streams
        holder: format!("example-rust-{}", host.trim()),
        ..Default::default()
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut leases = Leases::open(client, request).await?;
    loop {
        let event = tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            event = leases.next() => event?,
        };
        match event {
            Some(Event::Granted(granted)) => {
                println!("holds token {}", granted.lease.unwrap_or_default().token_id);
            }
            Some(Event::Lost(_) | Event::Revoked(_)) => {
                println!("a lease has ended: its token must not be used any more");
            }
            Some(Event::Renewed(_)) => {}
            None => break,
        }
    }
    for lease in leases.release().await? {
        println!("gave token {} back", lease.token_id);
    }
    Ok(())
}
