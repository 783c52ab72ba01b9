"""All that a program does with the token broker, once. See README.md."""

import os
import signal
import socket

import grpc
from google.protobuf import duration_pb2

import broker
from broker import pb
from tokenbroker.v1 import outcome_pb2

TIMEOUT = 10  # seconds; every call has a deadline, streams have none


def main() -> None:
    account = os.environ.get("TOKENBROKER_ACCOUNT", "demo")
    with broker.connect_from_environment() as channel:
        stub = broker.rpc.TokenBrokerStub(channel)
        one_turn(stub, account)
        errors(stub)
        many_turns(stub, account)
        leases(stub, account)


def one_turn(stub: broker.rpc.TokenBrokerStub, account: str) -> None:
    """The next token, and what the upstream said to it."""
    turn = stub.NextToken(
        pb.NextTokenRequest(account=account, wait=True, max_wait=duration_pb2.Duration(seconds=5)),
        timeout=TIMEOUT,
    ).turn
    print(f"turn {turn.number} is of token {turn.token_id}")
    # here the upstream is called with turn.secret; it said 429, Retry-After: 5
    report = outcome_pb2.Report(
        outcome=outcome_pb2.OUTCOME_RATE_LIMITED, retry_after=duration_pb2.Duration(seconds=5)
    )
    stub.ReportOutcome(
        pb.ReportOutcomeRequest(
            account=account, token_id=turn.token_id, turn=turn.number, report=report
        ),
        timeout=TIMEOUT,
    )
    print(f"token {turn.token_id} rests")
    print("a turn may be printed like this:", str(broker.redacted(turn)).replace("\n", " "))


def errors(stub: broker.rpc.TokenBrokerStub) -> None:
    try:
        stub.NextToken(pb.NextTokenRequest(account="nobody"), timeout=TIMEOUT)
    except grpc.RpcError as error:
        print(broker.refusal(error))
    try:
        stub.NextTokens(pb.NextTokensRequest(account="nobody", count=-1), timeout=TIMEOUT)
    except grpc.RpcError as error:
        print(broker.refusal(error))


def many_turns(stub: broker.rpc.TokenBrokerStub, account: str) -> None:
    """A supply for a worker: the broker makes turns only as fast as they are used here."""
    used = 0
    for _turn in broker.supply(stub, account, window=10):
        used += 1
        if used == 20:
            break
    print(f"{used} turns of a supply, at most 10 ahead")


def leases(stub: broker.rpc.TokenBrokerStub, account: str) -> None:
    """A token of one's own, until Ctrl-C or SIGTERM."""
    # a name of this process that stays over restarts: two with one name end each other's streams
    held = broker.Leases(stub, account, holder=f"example-python-{socket.gethostname()}")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: held.stop())
    for event in held.events():
        match event.WhichOneof("event"):
            case "granted":
                print(f"holds token {event.granted.lease.token_id}", flush=True)
            case "lost" | "revoked" as end:
                print(f"a lease was {end}: its token must not be used any more", flush=True)
    for token_id in held.release():
        print(f"gave token {token_id} back")


if __name__ == "__main__":
    main()
