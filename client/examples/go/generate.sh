#!/bin/sh
# Generates the stubs into gen/ from the contract: $TOKENBROKER_PROTO, else that of this repository.
# The directory proto/ of a distribution has a descriptor set, which old compilers take as well.
set -eu
contract=${TOKENBROKER_PROTO:-../../../proto/src/main/proto}
rm -rf gen
mkdir gen
files=$(cd "$contract" && ls tokenbroker/v1/*.proto)
if [ -f "$contract/tokenbroker-v1.binpb" ]; then
  from=--descriptor_set_in=$contract/tokenbroker-v1.binpb
else
  from=--proto_path=$contract # needs protoc 22 or newer
fi
# shellcheck disable=SC2086
protoc "$from" \
  --plugin="$(go tool -n protoc-gen-go)" --go_out=gen --go_opt=paths=source_relative \
  --plugin="$(go tool -n protoc-gen-go-grpc)" --go-grpc_out=gen --go-grpc_opt=paths=source_relative \
  $files
