use std::{env, error::Error, fs, future::Future, net::IpAddr, path::PathBuf, time::Duration};

use tonic::{
    metadata::MetadataValue,
    service::{interceptor::InterceptedService, Interceptor},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
    Code, Request, Status,
};

use crate::{code_of, v1::token_broker_client::TokenBrokerClient};

pub type Client = TokenBrokerClient<InterceptedService<Channel, Bearer>>;

/// Which broker, and how it is called.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// HOST:PORT.
    pub endpoint: String,
    /// Of the broker's certificate; without it, plain text.
    pub ca: Option<PathBuf>,
    /// The certificate and its key, for mutual TLS.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// A bearer token for every call; read each time, as it may be replaced.
    pub token_file: Option<PathBuf>,
}

impl Options {
    /// As the command `tokenbroker` is told.
    pub fn from_environment() -> Self {
        let text = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name| text(name).map(PathBuf::from);
        Options {
            endpoint: text("TOKENBROKER_ENDPOINT").unwrap_or("127.0.0.1:50051".into()),
            ca: path("TOKENBROKER_TLS_CA"),
            identity: path("TOKENBROKER_TLS_CERT").zip(path("TOKENBROKER_TLS_KEY")),
            token_file: path("TOKENBROKER_TOKEN_FILE"),
        }
    }
}

/// A client for the whole program; its clones share one connection, which is made when it is needed.
pub fn connect(options: &Options) -> Result<Client, Box<dyn Error>> {
    let scheme = if options.ca.is_some() {
        "https"
    } else {
        "http"
    };
    let mut endpoint = Endpoint::new(format!("{scheme}://{}", options.endpoint))?
        // after 30 s of silence during a call: is the broker there? It allows a ping every 10 s.
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(10));
    if let Some(ca) = &options.ca {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(fs::read(ca)?));
        if let Some((cert, key)) = &options.identity {
            tls = tls.identity(Identity::from_pem(fs::read(cert)?, fs::read(key)?));
        }
        endpoint = endpoint.tls_config(tls)?;
    } else if options.token_file.is_some() && !is_loopback(&options.endpoint) {
        return Err("a token is sent in plain text to loopback alone".into());
    }
    let bearer = Bearer(options.token_file.clone());
    Ok(TokenBrokerClient::with_interceptor(
        endpoint.connect_lazy(),
        bearer,
    ))
}

fn is_loopback(endpoint: &str) -> bool {
    let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
    let host = host.trim_matches(['[', ']']);
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Sends the token of a file along with every call.
#[derive(Clone)]
pub struct Bearer(Option<PathBuf>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(file) = &self.0 {
            let token = fs::read_to_string(file)
                .map_err(|error| Status::unauthenticated(format!("{}: {error}", file.display())))?;
            let mut value: MetadataValue<_> = format!("Bearer {}", token.trim())
                .parse()
                .map_err(|_| Status::unauthenticated("the token is not ASCII"))?;
            value.set_sensitive(true);
            request.metadata_mut().insert("authorization", value);
        }
        Ok(request)
    }
}

/// A request with a deadline, which the broker hears of; every call has one, streams have none.
pub fn timed<T>(message: T, timeout: Duration) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(timeout);
    request
}

/// Makes a call up to four times, for as long as it is UNAVAILABLE: tonic knows no service config, with
/// which other languages do the same. For calls that may be made twice: NextToken, NextTokens,
/// ReportOutcome, RenewLease, ReleaseLease. Not for AcquireLease: a grant whose answer was lost keeps
/// its token.
pub async fn retried<T, F>(mut call: impl FnMut() -> F) -> Result<T, Status>
where
    F: Future<Output = Result<T, Status>>,
{
    for backoff in [100, 200, 400] {
        match call().await {
            Err(status) if code_of(&status) == Code::Unavailable => {
                tokio::time::sleep(Duration::from_millis(backoff)).await;
            }
            other => return other,
        }
    }
    call().await
}
