"""Files of a dataset on the Hugging Face Hub, over plain HTTPS: descriptors only, no library, nothing kept."""

from __future__ import annotations

import http.client
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import IO, Any
from urllib.parse import quote, urlsplit

from dataset_tools.errors import SchemaError

ENDPOINT = "https://huggingface.co"
SECONDS = 20  # for a connection and for each read; a file has three times as long
_ADDRESS = re.compile(r"hf://datasets/(?P<id>(?:[\w.-]+/)?[\w.-]+)(?:@(?P<revision>[^@\s]+))?\Z", re.ASCII)
_TOKEN = re.compile(r"[!-~]*\Z")
_ADVICE = {
    401: "set HF_TOKEN=hf_… to a token that may read it; or check the name, for what is not there is 401, too",
    403: "ask for access on its page, or set HF_TOKEN=hf_… to a token that has it",
    404: "check the name and the revision",
    429: "the Hub asks for patience: wait a minute, or set HF_TOKEN=hf_…",
}


def hub_files(address: str, environment: Mapping[str, str]) -> Callable[[str, int], bytes | None]:
    """Gives the bytes of files of hf://datasets/ORG/NAME@REVISION (without one: main), as `bases.Fetch`.

    HF_TOKEN is sent to HF_ENDPOINT alone. Raises SchemaError for whatever the Hub answers but the file or its absence.
    """
    found = _ADDRESS.match(address)
    if not found:
        raise SchemaError("no address on the Hub", "such as hf://datasets/org/name@v1.0.0")
    endpoint = (environment.get("HF_ENDPOINT") or ENDPOINT).rstrip("/")
    if urlsplit(endpoint).scheme not in ("http", "https"):
        raise SchemaError(f"HF_ENDPOINT is {endpoint!r}", f"such as {ENDPOINT}")
    whole = f"{endpoint}/datasets/{quote(found['id'])}/resolve/{quote(found['revision'] or 'main', safe='')}"
    token = environment.get("HF_TOKEN", "").strip()
    if not _TOKEN.match(token):  # a client would show it in its complaint
        raise SchemaError("HF_TOKEN is no token", "it is one word, such as hf_…")
    return lambda path, most: _fetch(f"{whole}/{quote(path)}", token, most)


def _fetch(url: str, token: str, most: int) -> bytes | None:
    request = urllib.request.Request(url, headers={"User-Agent": "dstools"})  # noqa: S310 - http or https, see above
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.build_opener(_Redirects()).open(request, timeout=SECONDS) as answer:
            return _read(answer, most)
    except urllib.error.HTTPError as error:
        with error:
            if error.code == 404 and error.headers.get("X-Error-Code") == "EntryNotFound":
                return None
            raise SchemaError(_told(error), _ADVICE.get(error.code, "try again later")) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        host = urlsplit(url).netloc
        reason = getattr(error, "reason", None) or error
        raise SchemaError(f"{host} cannot be reached: {reason}", "check the network and HF_ENDPOINT") from error


def _told(error: urllib.error.HTTPError) -> str:
    said = error.headers.get("X-Error-Message") or error.reason
    return f"the Hub says {error.code}: {' '.join(str(said).split())[:200]}"


def _read(answer: Any, most: int) -> bytes:
    """At most one byte more than `most`, in bounded time however slowly they come."""
    deadline, read = time.monotonic() + 3 * SECONDS, bytearray()
    while len(read) <= most and (more := answer.read1(min(1 << 16, most + 1 - len(read)))):
        read += more
        if time.monotonic() > deadline:
            raise TimeoutError(f"not read in {3 * SECONDS} s")
    if len(read) <= most and answer.length:
        raise http.client.IncompleteRead(bytes(read), answer.length)
    return bytes(read)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects without the token to other hosts, and never from https to anything else."""

    def redirect_request(
        self,
        request: urllib.request.Request,
        file: IO[bytes],
        code: int,
        message: str,
        headers: http.client.HTTPMessage,
        url: str,
    ) -> urllib.request.Request | None:
        new = super().redirect_request(request, file, code, message, headers, url)
        if new is None:
            return None
        if urlsplit(url).scheme not in ("https", urlsplit(request.full_url).scheme):
            raise urllib.error.HTTPError(url, code, "a redirect away from https", headers, file)
        if _origin(url) != _origin(request.full_url):
            new.remove_header("Authorization")
        return new


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
