//! Does what the cases of client/library/src/test/conformance say; its README has the protocol.
use std::{
    collections::HashMap, error::Error, fs, future::Future, path::PathBuf, pin::Pin, time::Duration,
};

use serde::{de::DeserializeOwned, Serialize};
use serde_json::{from_value, json, to_value, Value};
use tokenbroker_example::{
    code_name, connect, retried, timed, v1, Client, Options, Refusal, Supply,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    task::AbortHandle,
};
use tonic::{Code, Request, Response, Status, Streaming};

type Failure = Box<dyn Error>;
type Opening<A> = Pin<Box<dyn Future<Output = Result<Response<Streaming<A>>, Status>>>>;
type Read<'a> = Pin<Box<dyn Future<Output = Result<Option<Value>, Status>> + 'a>>;

/// A call that is open; reading brings its next message, or none at its end.
trait Open {
    fn read(&mut self) -> Read<'_>;
    fn cancel(&mut self);
    /// The next message as it is printed.
    fn printed(&mut self) -> Pin<Box<dyn Future<Output = Result<String, Status>> + '_>>;
}

struct Unary<A> {
    answer: tokio::task::JoinHandle<Result<Response<A>, Status>>,
    abort: AbortHandle,
}

impl<A> Unary<A> {
    async fn answer(&mut self) -> Result<A, Status> {
        match (&mut self.answer).await {
            Ok(answer) => answer.map(Response::into_inner),
            Err(_) => Err(Status::cancelled("by the caller")),
        }
    }
}

impl<A: Serialize + std::fmt::Debug> Open for Unary<A> {
    fn read(&mut self) -> Read<'_> {
        Box::pin(async { self.answer().await.map(|answer| to_value(answer).ok()) })
    }
    fn cancel(&mut self) {
        self.abort.abort();
    }
    fn printed(&mut self) -> Pin<Box<dyn Future<Output = Result<String, Status>> + '_>> {
        Box::pin(async { self.answer().await.map(|answer| format!("{answer:?}")) })
    }
}

/// A stream, which is opened by the first read: the broker answers with it.
struct Stream<A> {
    opening: Option<Opening<A>>,
    opened: Option<Streaming<A>>,
    cancelled: bool,
}

impl<A> Stream<A> {
    async fn next(&mut self) -> Result<Option<A>, Status> {
        if self.cancelled {
            return Err(Status::cancelled("by the caller"));
        }
        if let Some(opening) = self.opening.take() {
            self.opened = Some(opening.await?.into_inner());
        }
        match &mut self.opened {
            Some(stream) => stream.message().await,
            None => Ok(None),
        }
    }
}

impl<A: Serialize + std::fmt::Debug> Open for Stream<A> {
    fn read(&mut self) -> Read<'_> {
        Box::pin(async {
            Ok(self
                .next()
                .await?
                .and_then(|message| to_value(message).ok()))
        })
    }
    fn cancel(&mut self) {
        // dropped, it is reset
        self.opening = None;
        self.opened = None;
        self.cancelled = true;
    }
    fn printed(&mut self) -> Pin<Box<dyn Future<Output = Result<String, Status>> + '_>> {
        Box::pin(async { self.next().await.map(|message| format!("{message:?}")) })
    }
}

fn request<Q: DeserializeOwned>(order: &Value) -> Result<Request<Q>, Failure> {
    let seconds = order["timeout"].as_f64().unwrap_or(60.0);
    Ok(timed(
        from_value(order["request"].clone())?,
        Duration::from_secs_f64(seconds),
    ))
}

/// Calls that may be made twice are retried.
macro_rules! unary {
    ($client:expr, $order:expr, $method:ident, $request:ty, $again:expr) => {{
        let client = $client.clone();
        let first = request::<$request>($order)?;
        let timeout = Duration::from_secs_f64($order["timeout"].as_f64().unwrap_or(60.0));
        let message = first.into_inner();
        let answer = tokio::spawn(async move {
            let call = || {
                let mut client = client.clone();
                let message = message.clone();
                async move { client.$method(timed(message, timeout)).await }
            };
            if $again {
                retried(call).await
            } else {
                call().await
            }
        });
        Box::new(Unary {
            abort: answer.abort_handle(),
            answer,
        })
    }};
}

macro_rules! stream {
    ($client:expr, $order:expr, $method:ident, $request:ty) => {{
        let mut client = $client.clone();
        let request = request::<$request>($order)?;
        Box::new(Stream {
            opening: Some(Box::pin(async move { client.$method(request).await })),
            opened: None,
            cancelled: false,
        })
    }};
}

fn open(client: &Client, order: &Value) -> Result<Box<dyn Open>, Failure> {
    Ok(match order["method"].as_str().unwrap_or_default() {
        "NextToken" => unary!(client, order, next_token, v1::NextTokenRequest, true),
        "NextTokens" => unary!(client, order, next_tokens, v1::NextTokensRequest, true),
        "RequestTurns" => unary!(client, order, request_turns, v1::RequestTurnsRequest, false),
        "ReportOutcome" => unary!(
            client,
            order,
            report_outcome,
            v1::ReportOutcomeRequest,
            true
        ),
        "AcquireLease" => unary!(client, order, acquire_lease, v1::AcquireLeaseRequest, false),
        "RenewLease" => unary!(client, order, renew_lease, v1::RenewLeaseRequest, true),
        "ReleaseLease" => unary!(client, order, release_lease, v1::ReleaseLeaseRequest, true),
        "StreamTokens" => stream!(client, order, stream_tokens, v1::StreamTokensRequest),
        "StreamLeases" => stream!(client, order, stream_leases, v1::StreamLeasesRequest),
        "WatchAccount" => stream!(client, order, watch_account, v1::WatchAccountRequest),
        other => return Err(format!("no such method: {other}").into()),
    })
}

#[derive(Default)]
struct Runner {
    client: Option<Client>,
    calls: HashMap<String, Box<dyn Open>>,
    supplies: HashMap<String, Supply>,
}

impl Runner {
    async fn obey(&mut self, order: &Value) -> Result<Value, Failure> {
        let name = order["call"].as_str().unwrap_or_default();
        let client = || self.client.clone().ok_or("not connected");
        match order["do"].as_str().unwrap_or_default() {
            "connect" => {
                *self = Runner {
                    client: Some(connected(order)?),
                    ..Default::default()
                }
            }
            "open" => {
                let opened = open(&client()?, order)?;
                self.calls.insert(name.into(), opened);
            }
            "read" => {
                let call = self.calls.get_mut(name).ok_or("no such call")?;
                return Ok(match call.read().await {
                    Ok(Some(message)) => json!({ "message": message }),
                    Ok(None) => json!({ "status": { "code": "OK" } }),
                    Err(status) => json!({ "status": told(&status) }),
                });
            }
            "cancel" => {
                if self.supplies.remove(name).is_none() {
                    self.calls.get_mut(name).ok_or("no such call")?.cancel();
                }
            }
            "supply" => {
                let account = order["request"]["account"].as_str().unwrap_or_default();
                let window = order["window"].as_u64().unwrap_or_default();
                let supply = Supply::open(client()?, account, window as u32).await?;
                self.supplies.insert(name.into(), supply);
            }
            "take" => {
                let supply = self.supplies.get_mut(name).ok_or("no such supply")?;
                let mut turns = Vec::new();
                for _ in 0..order["turns"].as_u64().unwrap_or_default() {
                    turns.push(supply.next().await?);
                }
                return Ok(json!({ "message": { "turns": turns } }));
            }
            "print" => {
                return Ok(json!({ "safe": open(&client()?, order)?.printed().await? }));
            }
            other => return Err(format!("no such order: {other}").into()),
        }
        Ok(json!({}))
    }
}

fn connected(order: &Value) -> Result<Client, Failure> {
    let path = |name: &str| order[name].as_str().map(PathBuf::from);
    let mut options = Options {
        endpoint: order["endpoint"].as_str().unwrap_or_default().into(),
        ca: path("ca"),
        identity: path("cert").zip(path("key")),
        token_file: None,
    };
    if let Some(token) = order["token"].as_str() {
        let file = std::env::temp_dir().join(format!("token-{}", std::process::id()));
        fs::write(&file, format!("{token}\n"))?;
        options.token_file = Some(file);
    }
    connect(&options)
}

fn told(status: &Status) -> Value {
    let refusal = Refusal::from(status);
    let mut told = json!({ "code": code_name(refusal.code), "message": refusal.message });
    if let Some(reason) = refusal.reason {
        // else there would be no reason
        told["error_info"] =
            json!({ "reason": reason, "domain": "tokenbroker", "metadata": refusal.metadata });
    }
    if let Some(delay) = refusal.retry_delay {
        told["retry_delay"] = json!(delay.as_secs_f64());
    }
    if !refusal.fields.is_empty() {
        told["violations"] = refusal
            .fields
            .iter()
            .map(|field| json!({ "field": field }))
            .collect();
    }
    told
}

// on one thread: calls go out in the order in which they are told
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    debug_assert_eq!(code_name(Code::Ok), "OK");
    let mut runner = Runner::default();
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match serde_json::from_str(&line) {
            Ok(order) => runner.obey(&order).await,
            Err(error) => Err(error.into()),
        };
        println!(
            "{}",
            answer.unwrap_or_else(|error| json!({ "error": error.to_string() }))
        );
    }
    Ok(())
}
