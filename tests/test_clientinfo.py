"""Addresses behind proxies, devices in words, and places."""

import ipaddress

import pytest

from app import clientinfo
from app.clientinfo import Place, client_ip, device, place_words

TRUSTED = tuple(ipaddress.ip_network(network) for network in ("10.0.0.0/8", "fd00::/8", "127.0.0.1"))

CASES: list[tuple[str | None, tuple[str, ...], str | None]] = [
    # straight from outside: no header counts
    ("198.51.100.1", (), "198.51.100.1"),
    ("198.51.100.1", ("1.2.3.4",), "198.51.100.1"),
    ("198.51.100.1", ("garbage",), "198.51.100.1"),
    ("2001:DB8::1", ("1.2.3.4",), "2001:db8::1"),
    ("::ffff:198.51.100.1", ("10.0.0.1",), "198.51.100.1"),
    # through our proxy: the last address that no proxy of ours has
    ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
    ("10.0.0.1", ("1.2.3.4, 198.51.100.1",), "198.51.100.1"),
    ("10.0.0.1", ("1.2.3.4", "198.51.100.1"), "198.51.100.1"),
    ("10.0.0.1", ("198.51.100.1, 10.2.3.4, fd00::1",), "198.51.100.1"),
    ("10.0.0.1", ("garbage, 198.51.100.1",), "198.51.100.1"),
    ("10.0.0.1", ("::ffff:198.51.100.1",), "198.51.100.1"),
    ("::ffff:10.0.0.1", ("198.51.100.1, ::ffff:10.0.0.2",), "198.51.100.1"),
    ("fd00::1", ("2001:db8::7",), "2001:db8::7"),
    ("127.0.0.1", (" 198.51.100.1 ",), "198.51.100.1"),
    # all of it ours: the one farthest away
    ("10.0.0.1", (), "10.0.0.1"),
    ("10.0.0.1", ("10.0.0.9, 10.0.0.2",), "10.0.0.9"),
    # it cannot be known
    ("10.0.0.1", ("garbage",), None),
    ("10.0.0.1", ("198.51.100.1, garbage",), None),
    ("10.0.0.1", ("198.51.100.1", ""), None),
    ("10.0.0.1", ("198.51.100.1,",), None),
    ("10.0.0.1", ("198.51.100.1:4711",), None),
    ("10.0.0.1", ("[2001:db8::1]",), None),
    ("10.0.0.1", ("fe80::1%eth0",), None),
    ("10.0.0.1", ("0x7f.1",), None),
    ("10.0.0.1", ("010.0.0.1",), None),
    ("10.0.0.1", ("127.1",), None),
    ("10.0.0.1", ("１９８.51.100.1",), None),
    ("10.0.0.1", ("unknown",), None),
    ("10.0.0.1", ("_hidden",), None),
    (None, ("198.51.100.1",), None),
    ("", (), None),
    ("/run/portico.sock", ("198.51.100.1",), None),
]


@pytest.mark.parametrize(("peer", "forwarded", "address"), CASES)
def test_the_address_is_the_last_one_that_no_proxy_of_ours_has(
    peer: str | None, forwarded: tuple[str, ...], address: str | None
) -> None:
    assert client_ip(peer, forwarded, TRUSTED) == address


def test_without_proxies_of_ours_the_peer_is_the_client() -> None:
    assert client_ip("10.0.0.1", ("198.51.100.1",), ()) == "10.0.0.1"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1.15",
            "Safari · macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148",
            "Safari · iOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome · Android",
        ),
        ("curl/8.5.0", "curl"),
        ("", None),
        (None, None),
        ("complete nonsense", None),
        ("\x1b[31m<script>", None),
    ],
)
def test_a_device_is_named_in_words(agent: str | None, words: str | None) -> None:
    assert device(agent) == words


def test_a_user_agent_of_any_length_is_looked_at_soon() -> None:
    assert device("Mozilla/5.0 (" * 30 + "x" * 400) is None


def test_without_a_file_of_places_nothing_is_known_of_them() -> None:
    assert clientinfo.place("198.51.100.1") is None
    assert clientinfo.place(None) is None


def test_a_place_is_told_as_far_as_it_is_known() -> None:
    assert place_words(None) is None
    assert place_words(Place()) is None
    assert place_words(Place(country="France", code="FR")) == "France"
    assert place_words(Place("Lyon", "France", "FR")) == "Lyon, France"
