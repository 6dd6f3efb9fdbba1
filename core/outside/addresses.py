"""Which addresses of the Internet Protocol may be reached from our network. Pure.

Python's `is_global` is not used: 3.11 calls `::127.0.0.1`, `64:ff9b::7f00:1`, `2002:7f00:1::`
and multicast global. The tables are IANA's special-purpose registries (RFC 6890 and its heirs).
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

EVERYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))

_NOT_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays, withdrawn
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)
_PUBLIC_V6 = IPv6Network("2000::/3")

# Reached by nobody, whatever OUTSIDE_ALLOW says: addresses that mean everyone or no one,
# and those where clouds hand out credentials to whoever asks.
_NEVER = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "ff00::/8",
        "169.254.169.254/32",  # AWS, Azure, GCP, DigitalOcean, Yandex Cloud, VK Cloud
        "169.254.169.253/32",  # AWS resolver
        "169.254.170.2/32",  # AWS containers
        "169.254.170.23/32",  # AWS pods
        "168.63.129.16/32",  # Azure
        "100.100.100.200/32",  # Alibaba
        "192.0.0.192/32",  # Oracle
        "fd00:ec2::254/128",  # AWS
        "fd00:ec2::23/128",
        "fd20:ce::254/128",  # GCP
    )
)

_MAPPED = IPv6Network("::ffff:0:0/96")
_NAT64 = IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")
_SIX_TO_FOUR = IPv6Network("2002::/16")
_TEREDO = IPv6Network("2001::/32")
_COMPATIBLE = IPv6Network("::/96")
_TRANSLATED = IPv6Network("::ffff:0:0:0/96")


def is_allowed(address: str | Address, allow: Iterable[Network] = ()) -> bool:
    """Whether a connection to this address may be opened; `allow` is the operator's OUTSIDE_ALLOW.

    An IPv6 address that carries an IPv4 one is judged by the one it carries. Mapped addresses
    and NAT64 (RFC 6052) are only other spellings of it; the dead or local tunnels (compatible,
    SIIT, 6to4, Teredo, RFC 8215) are refused unless the operator names them.
    """
    ip = ip_address(address) if isinstance(address, str) else address
    networks = tuple(allow)
    inner = carried(ip) if isinstance(ip, IPv6Address) else ()
    if ip in _MAPPED or ip in _NAT64:
        return all(is_allowed(each, networks) for each in inner)
    if any(_within(each, _NEVER) for each in (ip, *inner)):
        return False
    return _within(ip, networks) or _is_public(ip)


def carried(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address stands for or travels through."""
    number = int(address)
    last = IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(number >> 80 & 0xFFFFFFFF),)
    if address in _TEREDO:  # the server, and the client with every bit turned (RFC 4380)
        return IPv4Address(number >> 64 & 0xFFFFFFFF), IPv4Address(int(last) ^ 0xFFFFFFFF)
    if any(address in each for each in (_MAPPED, _NAT64, _NAT64_LOCAL, _TRANSLATED)):
        return (last,)
    if address in _COMPATIBLE and number > 1:  # :: and ::1 are no compatible addresses
        return (last,)
    return ()


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address) and (address not in _PUBLIC_V6 or address.scope_id):
        return False
    return not _within(address, _NOT_PUBLIC)


def _within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)
