"""Which addresses may be reached."""

from ipaddress import ip_network

import pytest

from core.outside.addresses import EVERYWHERE, is_allowed

REFUSED = [
    # this host, this network, nobody, everybody
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.254", "255.255.255.255", "::", "::1",
    # private and shared
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255",
    "100.64.0.1", "100.127.255.255", "fc00::1", "fdff:ffff::1",
    # link-local, site-local, with a zone
    "169.254.0.1", "169.254.169.254", "fe80::1", "fe80::1%eth0", "febf::1", "fec0::1", "2a00:1450:4010::1%1",
    # where clouds keep credentials
    "168.63.129.16", "100.100.100.200", "192.0.0.192", "169.254.170.2", "fd00:ec2::254",
    # multicast, reserved, protocol, documentation, benchmarking
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "ff02::1", "ff0e::1", "192.0.0.1", "192.0.2.1",
    "198.51.100.7", "203.0.113.9", "198.18.0.1", "198.19.255.255", "192.88.99.1",
    "2001:db8::1", "3fff::1", "2001:2::1", "2001:10::1", "2001:20::1", "100::1", "5f00::1", "4000::1",
    "8000::1",
    # mapped, compatible, translated
    "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0",
    "::127.0.0.1", "::7f00:1", "::10.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8",
    # 6to4 and Teredo, whoever they carry
    "2002:7f00:1::", "2002:7f00:1::1", "2002:a00:1::", "2002:a9fe:a9fe::", "2002:808:808::",
    "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:0:4136:e378:8000:63bf:f7f7:f7f7",
    # NAT64
    "64:ff9b::7f00:1", "64:ff9b::127.0.0.1", "64:ff9b::10.1.2.3", "64:ff9b::a9fe:a9fe", "64:ff9b::0.0.0.0",
    "64:ff9b:1::7f00:1", "64:ff9b:1::8.8.8.8", "64:ff9b:1:fffe::10.0.0.1", "64:ff9b:2::1",
]  # fmt: skip

ALLOWED = [
    "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
    "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
    "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "87.240.132.67", "149.154.167.220",
    "2606:4700:4700::1111", "2a00:1450:4010::1", "2a02:6b8::1", "2001:4860:4860::8888", "2001:67c:4e8::1",
    "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_address_of_no_public_machine_is_refused(address: str) -> None:
    assert not is_allowed(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_address_is_allowed(address: str) -> None:
    assert is_allowed(address)


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3"])
def test_operator_may_name_own_network_and_every_spelling_follows(address: str) -> None:
    assert is_allowed(address, [ip_network("10.1.0.0/16")])


@pytest.mark.parametrize("address", ["10.2.0.1", "::ffff:10.2.0.1", "192.168.1.1", "127.0.0.1", "fd00::1"])
def test_naming_one_network_opens_no_other(address: str) -> None:
    assert not is_allowed(address, [ip_network("10.1.0.0/16")])


def test_operator_may_name_private_ipv6_and_local_translation() -> None:
    networks = [ip_network("fd12:3456::/32"), ip_network("64:ff9b:1::/48")]
    assert is_allowed("fd12:3456::1", networks)
    assert is_allowed("64:ff9b:1::8.8.8.8", networks)
    assert not is_allowed("64:ff9b:1::169.254.169.254", networks)


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "169.254.169.254", "169.254.170.2",
        "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
        "::ffff:169.254.169.254", "::169.254.169.254", "::ffff:0:169.254.169.254", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1",
        "2001:0:4136:e378:8000:63bf:5601:5601",
    ],
)  # fmt: skip
def test_nothing_opens_the_addresses_where_clouds_keep_credentials(address: str) -> None:
    assert not is_allowed(address, EVERYWHERE)


def test_everywhere_opens_what_is_merely_private() -> None:
    assert all(is_allowed(address, EVERYWHERE) for address in ("127.0.0.1", "::1", "10.0.0.1", "fe80::1"))
