use std::{collections::HashMap, error::Error, fmt, iter, time::Duration};

use tonic::{transport, Code, Status, TimeoutExpired};
use tonic_types::StatusExt;

/// Why a call failed. Without a reason, the error is not the broker's but of the way there.
#[derive(Debug)]
pub struct Refusal {
    pub code: Code,
    pub message: String,
    /// An ErrorReason without its prefix.
    pub reason: Option<String>,
    pub metadata: HashMap<String, String>,
    /// If waiting helps.
    pub retry_delay: Option<Duration>,
    /// Those that are not as documented.
    pub fields: Vec<String>,
}

impl From<&Status> for Refusal {
    fn from(status: &Status) -> Self {
        let details = status.get_error_details();
        let info = details
            .error_info()
            .filter(|info| info.domain == "tokenbroker");
        Refusal {
            code: code_of(status),
            message: status.message().into(),
            reason: info.map(|info| info.reason.clone()),
            metadata: info.map(|info| info.metadata.clone()).unwrap_or_default(),
            retry_delay: details.retry_info().and_then(|info| info.retry_delay),
            fields: details
                .bad_request()
                .map(|bad| {
                    bad.field_violations
                        .iter()
                        .map(|v| v.field.clone())
                        .collect()
                })
                .unwrap_or_default(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = self.reason.as_deref().unwrap_or("no reason");
        write!(f, "{} {reason}: ", code_name(self.code))?;
        if self.fields.is_empty() {
            f.write_str(&self.message)?;
        } else {
            f.write_str(&self.fields.join(", "))?;
        }
        match self.retry_delay {
            Some(delay) => write!(f, ", try again in {:.1} s", delay.as_secs_f64()),
            None => Ok(()),
        }
    }
}

/// The code that gRPC has for it in other languages: tonic says CANCELLED when its own clock ends a call,
/// and UNKNOWN when a connection breaks.
pub fn code_of(status: &Status) -> Code {
    let mut causes = iter::successors(status.source(), |&error| error.source());
    if status.message() == TimeoutExpired(()).to_string() {
        Code::DeadlineExceeded
    } else if causes.any(|error| error.is::<transport::Error>()) {
        Code::Unavailable
    } else {
        status.code()
    }
}

/// A code as the documents spell it.
pub fn code_name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() && code != Code::Ok {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}
