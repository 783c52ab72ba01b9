//! How messages with a secret are printed; build.rs keeps prost from deriving it.
use std::fmt::{Debug, Formatter, Result};

use crate::v1::{Lease, NewToken, Turn};

const REDACTED: &str = "[redacted]";

impl Debug for Turn {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Turn")
            .field("token_id", &self.token_id)
            .field("secret", &REDACTED)
            .field("number", &self.number)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}

impl Debug for Lease {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Lease")
            .field("lease_id", &self.lease_id)
            .field("token_id", &self.token_id)
            .field("secret", &REDACTED)
            .field("account", &self.account)
            .field("holder", &self.holder)
            .field("fencing_number", &self.fencing_number)
            .finish_non_exhaustive()
    }
}

impl Debug for NewToken {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("NewToken")
            .field("secret", &REDACTED)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
