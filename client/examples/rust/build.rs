//! Generates the stubs from the contract, with a compiler in Rust: no protoc is needed.
use std::{env, error::Error, fs, path::PathBuf};

use prost::Message;

/// Messages that hold a secret. Prost prints it in spite of `debug_redact`, so that these get a
/// `Debug` of our own, in src/redacted.rs.
const SECRET: [&str; 3] = [
    ".tokenbroker.v1.Lease",
    ".tokenbroker.v1.NewToken",
    ".tokenbroker.v1.Turn",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed=TOKENBROKER_PROTO");
    let contract = PathBuf::from(
        env::var("TOKENBROKER_PROTO").unwrap_or("../../../proto/src/main/proto".into()),
    );
    println!("cargo:rerun-if-changed={}", contract.display());
    let mut files = fs::read_dir(contract.join("tokenbroker/v1"))?
        .map(|entry| entry.map(|file| file.path()))
        .collect::<Result<Vec<_>, _>>()?;
    files.sort();
    let descriptors = protox::compile(files, [contract])?;

    let json = env::var_os("CARGO_FEATURE_CONFORMANCE").is_some();
    let mut config = prost_build::Config::new();
    config.skip_debug(SECRET);
    if json {
        config.compile_well_known_types();
        config.extern_path(".google.protobuf", "::pbjson_types");
        pbjson_build::Builder::new()
            .register_descriptors(&descriptors.encode_to_vec())?
            .build(&[".tokenbroker.v1"])?;
    }
    tonic_prost_build::configure()
        .build_server(false)
        .compile_fds_with_config(descriptors, config)?;
    Ok(())
}
