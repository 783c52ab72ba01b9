"""Calls the broker through stubs generated from the contract, and prints what it saw as JSON.

Usage: client.py CONTRACT STUBS ENDPOINT ACCOUNT. Needs requirements.txt beside this file.
"""

import json
import pathlib
import sys
import uuid

import grpc
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from grpc_tools import protoc

contract, stubs, endpoint, account = sys.argv[1:]
protos = sorted(str(path) for path in pathlib.Path(contract).rglob("*.proto"))
well_known = str(pathlib.Path(protoc.__file__).parent / "_proto")
options = [f"-I{contract}", f"-I{well_known}", f"--python_out={stubs}", f"--grpc_python_out={stubs}"]
if protoc.main(["protoc", *options, *protos]) != 0:
    sys.exit("protoc failed")
sys.path.insert(0, stubs)

from tokenbroker.v1 import token_broker_pb2, token_broker_pb2_grpc  # noqa: E402


def seen(turns):
    return [[turn.number, turn.token_id] for turn in turns]


with grpc.insecure_channel(endpoint) as channel:
    broker = token_broker_pb2_grpc.TokenBrokerStub(channel)
    one = broker.NextToken(token_broker_pb2.NextTokenRequest(account=account), timeout=30).turn
    five = broker.NextTokens(
        token_broker_pb2.NextTokensRequest(account=account, count=5), timeout=30
    ).turns
    batches = broker.StreamTokens(
        token_broker_pb2.StreamTokensRequest(account=account, limit=250), timeout=30
    )
    streamed = [turn for batch in batches for turn in batch.turns]

    stream_id = str(uuid.uuid4())
    stopped = broker.StreamTokens(
        token_broker_pb2.StreamTokensRequest(
            account=account, batch_size=10, stream_id=stream_id, demand=70
        ),
        timeout=30,
    )
    read = []
    while len(read) < 50:
        read.extend(next(stopped).turns)
    next_one = broker.NextToken(token_broker_pb2.NextTokenRequest(account=account), timeout=30).turn
    made = next_one.number - streamed[-1].number - 1
    more = broker.RequestTurns(
        token_broker_pb2.RequestTurnsRequest(account=account, stream_id=stream_id, count=30),
        timeout=30,
    ).outstanding
    while len(read) < 100:
        read.extend(next(stopped).turns)
    stopped.cancel()

    error = None
    try:
        broker.NextToken(token_broker_pb2.NextTokenRequest(account="nobody"), timeout=30)
    except grpc.RpcError as failure:
        info = error_details_pb2.ErrorInfo()
        for detail in rpc_status.from_call(failure).details:
            detail.Unpack(info)
        error = [
            failure.code().name,
            info.domain,
            info.reason,
            info.metadata["account"],
            failure.details(),
        ]

secrets = {}
for turn in [one, *five, *streamed]:
    secrets.setdefault(turn.token_id, set()).add(turn.secret)
json.dump(
    {
        "next_token": seen([one]),
        "next_tokens": seen(five),
        "stream_tokens": seen(streamed),
        "demand": {"made_for_a_stopped_reader": made, "outstanding": more, "read": len(read)},
        "secrets_are_right": len(secrets) == 3
        and all(len(values) == 1 and min(values).startswith("e2e-secret-") for values in secrets.values()),
        "error": error,
    },
    sys.stdout,
)
