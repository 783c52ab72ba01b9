"""Generates the stubs into gen/ from the contract: python generate.py [DIRECTORY].

The contract is the directory given, else $TOKENBROKER_PROTO, else that of this repository.
"""

import os
import pathlib
import sys

import grpc_tools
from grpc_tools import protoc

HERE = pathlib.Path(__file__).parent
REPOSITORY = HERE / "../../../proto/src/main/proto"


def main() -> None:
    contract = pathlib.Path(
        sys.argv[1] if len(sys.argv) > 1 else os.environ.get("TOKENBROKER_PROTO", REPOSITORY)
    )
    stubs = HERE / "gen"
    stubs.mkdir(exist_ok=True)
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    files = sorted(str(path) for path in contract.glob("tokenbroker/v1/*.proto"))
    outputs = [f"--{kind}_out={stubs}" for kind in ("python", "pyi", "grpc_python")]
    sys.exit(protoc.main(["protoc", f"-I{contract}", f"-I{well_known}", *outputs, *files]))


if __name__ == "__main__":
    main()
