"""The files in which botocore keeps what it knows of AWS's services."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader
from pydantic_core import from_json


class ServiceFiles(JSONFileLoader):  # type: ignore[misc]  # untyped
    """Reads them in half of the time, and into half of the memory, that botocore's own takes."""

    def load_file(self, file_path: str) -> Any:
        """What a file holds; None if there is none.

        Args:
            file_path: Without `.json`, or `.json.gz`.

        Raises:
            ValueError: It is not JSON.
        """
        for path in (Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")):
            if path.is_file():
                found = path.read_bytes()
                return from_json(gzip.decompress(found) if path.suffix == ".gz" else found)
        return None
