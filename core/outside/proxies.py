"""Proxies as people write them: http://name:password@proxy.example:3128 or socks5://…, with TLS beyond."""

import httpcore
import httpx

from core.outside.trust import trust


def proxy_at(url: str) -> httpcore.Proxy | None:
    """A proxy with its name and password, which may stand inside the address; None for an empty one."""
    if not url:
        return None
    given = httpx.Proxy(url)
    return httpcore.Proxy(
        url=httpcore.URL(
            scheme=given.url.raw_scheme,
            host=given.url.raw_host,
            port=given.url.port,
            target=given.url.raw_path,
        ),
        auth=given.raw_auth,
        ssl_context=trust() if given.url.scheme == "https" else None,
    )
