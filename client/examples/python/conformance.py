"""Does what the cases of client/library/src/test/conformance say; its README has the protocol."""

import json
import sys
import tempfile

import grpc
from google.protobuf import json_format

import broker
from broker import pb, rpc

STREAMS = ("StreamTokens", "WatchAccount", "StreamLeases")


class Runner:
    def __init__(self):
        self.channel = None
        self.stub = None
        self.calls = {}

    def obey(self, order):
        return getattr(self, order["do"])(order) or {}

    def connect(self, order):
        if self.channel:
            self.channel.close()
        self.calls = {}
        token_file = ""
        if "token" in order:
            with tempfile.NamedTemporaryFile("w", delete=False) as file:
                file.write(order["token"] + "\n")
            token_file = file.name
        files = [order.get(name, "") for name in ("ca", "cert", "key")]
        self.channel = broker.connect(order["endpoint"], *files, token_file)
        self.stub = rpc.TokenBrokerStub(self.channel)

    def open(self, order):
        self.calls[order["call"]] = self.begin(order)

    def begin(self, order):
        method = order["method"]
        request = json_format.ParseDict(order["request"], getattr(pb, f"{method}Request")())
        call = getattr(self.stub, method)
        if method in STREAMS:
            return call(request, timeout=order.get("timeout", 60))
        return iter_of_one(call.future(request, timeout=order.get("timeout", 60)))

    def read(self, order):
        try:
            return {"message": json_format.MessageToDict(next(self.calls[order["call"]]))}
        except StopIteration:
            return {"status": {"code": "OK"}}
        except grpc.RpcError as error:
            return {"status": told(error)}
        except grpc.FutureCancelledError:
            return {"status": {"code": "CANCELLED"}}

    def cancel(self, order):
        call = self.calls[order["call"]]
        call.close() if hasattr(call, "gi_frame") else call.cancel()

    def supply(self, order):
        account = order["request"]["account"]
        self.calls[order["call"]] = broker.supply(self.stub, account, order["window"])

    def take(self, order):
        supply = self.calls[order["call"]]
        turns = [json_format.MessageToDict(next(supply)) for _ in range(order["turns"])]
        return {"message": {"turns": turns}}

    def print(self, order):
        message = next(self.begin(order))
        return {"safe": str(broker.redacted(message)), "raw": str(message)}


class iter_of_one:
    """A unary call that is read as a stream of one message."""

    def __init__(self, future):
        self.future = future
        self.cancel = future.cancel

    def __next__(self):
        return self.future.result()


def told(error):
    refusal = broker.refusal(error)
    status = {"code": refusal.code.name, "message": refusal.message}
    if refusal.reason is not None:
        status["error_info"] = {
            "reason": refusal.reason,
            "domain": "tokenbroker",  # else there would be no reason
            "metadata": refusal.metadata,
        }
    if refusal.retry_delay is not None:
        status["retry_delay"] = refusal.retry_delay
    if refusal.fields:
        status["violations"] = [{"field": field} for field in refusal.fields]
    return status


def main():
    runner = Runner()
    for line in sys.stdin:
        try:
            answer = runner.obey(json.loads(line))
        except Exception as error:  # the driver reports it with the case
            answer = {"error": repr(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
