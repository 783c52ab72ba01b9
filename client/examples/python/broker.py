"""What a program needs to call the token broker, over the generated stubs."""

import json
import os
import pathlib
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

sys.path.insert(0, str(pathlib.Path(__file__).parent / "gen"))

from tokenbroker.v1 import lease_pb2, turn_pb2  # noqa: E402
from tokenbroker.v1 import token_broker_pb2 as pb  # noqa: E402
from tokenbroker.v1 import token_broker_pb2_grpc as rpc  # noqa: E402

# Calls that may be made twice after UNAVAILABLE. AcquireLease is not one: a grant whose answer was lost keeps its token.
_REPEATABLE = ("NextToken", "NextTokens", "ReportOutcome", "RenewLease", "ReleaseLease")
_SERVICE_CONFIG = {
    "methodConfig": [
        {
            "name": [{"service": "tokenbroker.v1.TokenBroker", "method": m} for m in _REPEATABLE],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
_OPTIONS = [
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    # after 30 s of silence during a call: is the broker there? It allows a ping every 10 s.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
]


def connect(endpoint: str, ca="", cert="", key="", token_file="") -> grpc.Channel:
    """A channel for the whole program; it is thread-safe. All but the endpoint are paths of files.

    Without ca it speaks plain text. The token goes along with every call, over plain text on
    loopback alone; its file is read each time, as it may be replaced.
    """
    if ca:
        credentials = grpc.ssl_channel_credentials(
            pathlib.Path(ca).read_bytes(),
            pathlib.Path(key).read_bytes() if key else None,
            pathlib.Path(cert).read_bytes() if cert else None,
        )
    elif token_file:
        credentials = grpc.local_channel_credentials()
    else:
        return grpc.insecure_channel(endpoint, _OPTIONS)
    if token_file:

        def bearer(context, callback):
            token = pathlib.Path(token_file).read_text().strip()
            callback([("authorization", f"Bearer {token}")], None)

        credentials = grpc.composite_channel_credentials(
            credentials, grpc.metadata_call_credentials(bearer)
        )
    return grpc.secure_channel(endpoint, credentials, _OPTIONS)


def connect_from_environment() -> grpc.Channel:
    """As the command `tokenbroker` is told."""
    return connect(
        os.environ.get("TOKENBROKER_ENDPOINT", "127.0.0.1:50051"),
        os.environ.get("TOKENBROKER_TLS_CA", ""),
        os.environ.get("TOKENBROKER_TLS_CERT", ""),
        os.environ.get("TOKENBROKER_TLS_KEY", ""),
        os.environ.get("TOKENBROKER_TOKEN_FILE", ""),
    )


@dataclass(frozen=True)
class Refusal:
    """Why a call failed. Without a reason, the error is not the broker's but of the way there."""

    code: grpc.StatusCode
    message: str
    reason: str | None = None  # an ErrorReason without its prefix
    metadata: dict[str, str] = field(default_factory=dict)
    retry_delay: float | None = None  # seconds, if waiting helps
    fields: list[str] = field(default_factory=list)  # those that are not as documented

    def __str__(self) -> str:
        wait = "" if self.retry_delay is None else f", try again in {self.retry_delay:.1f} s"
        what = ", ".join(self.fields) or self.message
        return f"{self.code.name} {self.reason or 'no reason'}: {what}{wait}"


def refusal(error: grpc.RpcError) -> Refusal:
    status = rpc_status.from_call(error)
    told = {"code": error.code(), "message": error.details()}
    for detail in status.details if status else ():
        info = error_details_pb2.ErrorInfo()
        retry = error_details_pb2.RetryInfo()
        bad = error_details_pb2.BadRequest()
        if detail.Unpack(info) and info.domain == "tokenbroker":
            told |= {"reason": info.reason, "metadata": dict(info.metadata)}
        elif detail.Unpack(retry):
            told["retry_delay"] = retry.retry_delay.ToMicroseconds() / 1e6
        elif detail.Unpack(bad):
            told["fields"] = [violation.field for violation in bad.field_violations]
    return Refusal(**told)


def redacted(message: Message) -> Message:
    """A copy that may be printed: str() of a message shows fields that the contract marks as secret."""
    copy = type(message)()
    copy.CopyFrom(message)
    _redact(copy)
    return copy


def _redact(message: Message) -> None:
    for descriptor, value in message.ListFields():
        if descriptor.GetOptions().debug_redact:
            setattr(message, descriptor.name, "[redacted]")
        elif isinstance(value, Message):
            _redact(value)
        elif descriptor.message_type and not descriptor.message_type.GetOptions().map_entry:
            for element in value:
                _redact(element)


def supply(
    broker: rpc.TokenBrokerStub, account: str, window: int = 100
) -> Iterator[turn_pb2.Turn]:
    """Turns without end, never more than a window of them ahead of those that were taken.

    A turn counts as used when the next is asked for. If RequestTurns fails, the stream is of no use
    any more: its error comes out here, and a new supply begins with another id. Close it (break out of
    the loop, or close()), and the broker takes back what it could not send.
    """
    stream_id = str(uuid.uuid4())
    stream = broker.StreamTokens(
        pb.StreamTokensRequest(
            account=account, stream_id=stream_id, demand=window, batch_size=min(window, 1000)
        )
    )
    used = 0
    try:
        for batch in stream:
            for turn in batch.turns:
                yield turn
                used += 1
                if used >= (window + 1) // 2:
                    broker.RequestTurns(
                        pb.RequestTurnsRequest(account=account, stream_id=stream_id, count=used),
                        timeout=10,
                    )
                    used = 0
    finally:
        stream.cancel()


class Leases:
    """Up to a window of leases, renewed by the broker for as long as this is open."""

    def __init__(self, broker: rpc.TokenBrokerStub, account: str, holder: str, window: int = 1):
        self._broker = broker
        self._held: dict[str, lease_pb2.Lease] = {}
        self._stream = broker.StreamLeases(
            pb.StreamLeasesRequest(account=account, holder=holder, window=window)
        )

    def events(self) -> Iterator[pb.StreamLeasesResponse]:
        """Until stop(). After revoked or lost, the token must not be used any more."""
        try:
            for event in self._stream:
                kind = event.WhichOneof("event")
                if kind == "granted":
                    self._held[event.granted.lease.lease_id] = event.granted.lease
                elif kind in ("lost", "revoked"):
                    self._held.pop(getattr(event, kind).lease_id, None)
                yield event
        except grpc.RpcError as error:
            if error.code() != grpc.StatusCode.CANCELLED:
                raise

    def stop(self) -> None:
        """Ends events(); may be called from a signal handler."""
        self._stream.cancel()

    def release(self) -> list[str]:
        """Gives back what is held, so that others need not wait until it expires; the tokens' ids."""
        # with the stream open, each release would bring the next lease
        self.stop()
        leases = list(self._held.values())
        for lease in leases:
            self._broker.ReleaseLease(
                pb.ReleaseLeaseRequest(
                    lease_id=lease.lease_id, fencing_number=lease.fencing_number
                ),
                timeout=10,
            )
        self._held.clear()
        return [lease.token_id for lease in leases]
