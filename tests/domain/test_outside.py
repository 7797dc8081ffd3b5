"""Which addresses the desk may be made to call: the world alone, however an address is written (I10)."""

import pytest

from housebot.domain import outside
from housebot.errors import Refusal

SECRET = "very-secret"


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("93.184.216.34", "public"),
        ("8.8.8.8", "public"),
        ("172.15.255.255", "public"),
        ("172.32.0.0", "public"),
        ("100.63.255.255", "public"),
        ("100.128.0.0", "public"),
        ("2606:4700:4700::1111", "public"),
        ("2a02:5180::1", "public"),
        ("127.0.0.1", "private"),
        ("127.255.255.254", "private"),
        ("10.0.0.1", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "private"),
        ("100.127.255.255", "private"),
        ("::1", "private"),
        ("fc00::1", "private"),
        ("fd12:3456:789a::1", "private"),
        ("0.0.0.0", "never"),  # noqa: S104
        ("0.1.2.3", "never"),
        ("169.254.169.254", "never"),
        ("192.0.0.1", "never"),
        ("192.0.2.1", "never"),
        ("192.88.99.1", "never"),
        ("198.18.0.1", "never"),
        ("198.51.100.1", "never"),
        ("203.0.113.1", "never"),
        ("224.0.0.1", "never"),
        ("239.255.255.255", "never"),
        ("240.0.0.1", "never"),
        ("255.255.255.255", "never"),
        ("::", "never"),
        ("::127.0.0.1", "never"),
        ("::ffff:127.0.0.1", "never"),
        ("::ffff:8.8.8.8", "never"),
        ("::ffff:0:8.8.8.8", "never"),
        ("64:ff9b::7f00:1", "never"),
        ("64:ff9b::8.8.8.8", "never"),
        ("64:ff9b:1::1", "never"),
        ("100::1", "never"),
        ("2001::1", "never"),
        ("2001:0:4136:e378::1", "never"),
        ("2001:10::1", "never"),
        ("2001:db8::1", "never"),
        ("2002:7f00:1::1", "never"),
        ("2002:808:808::1", "never"),
        ("3fff::1", "never"),
        ("5f00::1", "never"),
        ("fe80::1", "never"),
        ("fe80::1%eth0", "never"),
        ("fec0::1", "never"),
        ("ff02::1", "never"),
    ],
)
def test_i10_where_an_address_is(address: str, place: str) -> None:
    assert outside.place_of(address) == place


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com./in",
        "HTTPS://Example.COM:8443/in?key=1#part",
        "https://xn--80ak6aa92e.com/",
        "https://a_b.example.com/",
        "https://8.8.8.8/",
        "https://[2606:4700:4700::1111]:443/",
        "https://localhost.example.com/",
        "https://internal.example.com/",
        "https://127.0.0.1.example.com/",
        "https://example.com/@127.0.0.1/",
    ],
)
def test_i10_the_world_is_called_by_https(url: str) -> None:
    assert outside.read(url).url == url


EVIDENT = [
    ("http://example.com/", "address_scheme"),
    ("http://127.0.0.1/", "address_scheme"),
    ("ftp://example.com/", "address_scheme"),
    ("file:///etc/passwd", "address_scheme"),
    ("javascript://example.com/", "address_scheme"),
    ("//example.com/", "address_scheme"),
    ("example.com", "address_scheme"),
    ("", "address_scheme"),
    ("https://", "address"),
    ("https:///in", "address"),
    ("https://[::1", "address"),
    ("https://[]/", "address"),
    ("https://[example.com]/", "address"),
    ("https://::1/", "address"),
    ("https://example.com:0/", "address"),
    ("https://example.com:65536/", "address"),
    ("https://example.com:http/", "address"),
    ("https://user@example.com/", "address"),
    ("https://user:word@example.com/", "address"),
    ("https://example.com@127.0.0.1/", "address"),
    ("https://example.com\\@127.0.0.1/", "address"),
    ("https://127.0.0.1\\.example.com/", "address"),
    ("https://example.com%00.example.org/", "address"),
    ("https://%31%32%37.0.0.1/", "address"),
    ("https://exa mple.com/", "address"),
    ("https://example.com/\n", "address"),
    ("https://example.com/\tin", "address"),
    ("\x01https://example.com/", "address"),
    (" https://example.com/", "address"),
    ("https://пример.example/", "address"),
    ("https://①②⑦.⓪.⓪.①/", "address"),
    ("https://127。0。0。1/", "address"),
    ("https://[fe80::1%25eth0]/", "address"),
    ("https://[fe80::1%eth0]/", "address"),
    ("https://..example.com/", "address"),
    ("https://example..com/", "address"),
    ("https://example.com../", "address"),
    ("https://-example.com/", "address"),
    (f"https://{'a' * 64}.example.com/", "address"),
    (f"https://{'a.' * 130}example.com/", "address"),
    (f"https://example.com/{'a' * 2000}", "address"),
    ("https://127.0.0.1/", "address_private"),
    ("https://127.0.0.1./", "address_private"),
    ("https://10.1.2.3:8443/", "address_private"),
    ("https://[::1]/", "address_private"),
    ("https://[0:0:0:0:0:0:0:1]/", "address_private"),
    ("https://[fd00::1]/", "address_private"),
    ("https://localhost/", "address_private"),
    ("https://LOCALHOST./", "address_private"),
    ("https://desk.localhost/", "address_private"),
    ("https://nas.local/", "address_private"),
    ("https://db.internal/", "address_private"),
    ("https://app/", "address_private"),
    ("https://127.1/", "address_forbidden"),
    ("https://2130706433/", "address_forbidden"),
    ("https://0x7f000001/", "address_forbidden"),
    ("https://0x7f.0.0.1/", "address_forbidden"),
    ("https://0177.0.0.1/", "address_forbidden"),
    ("https://127.0.0.01/", "address_forbidden"),
    ("https://1.2.3.4.5/", "address_forbidden"),
    ("https://256.1.1.1/", "address_forbidden"),
    ("https://example.com.0x7f/", "address_forbidden"),
    ("https://0/", "address_forbidden"),
    ("https://0x/", "address_forbidden"),
    ("https://0.0.0.0/", "address_forbidden"),
    ("https://169.254.169.254/latest/meta-data/", "address_forbidden"),
    ("https://[::ffff:127.0.0.1]/", "address_forbidden"),
    ("https://[::ffff:7f00:1]/", "address_forbidden"),
    ("https://[64:ff9b::7f00:1]/", "address_forbidden"),
    ("https://[2002:7f00:1::]/", "address_forbidden"),
    ("https://[::]/", "address_forbidden"),
    ("https://[ff02::1]/", "address_forbidden"),
]


@pytest.mark.parametrize(("url", "reason"), EVIDENT)
def test_i10_what_evidently_leads_elsewhere_is_refused_however_it_is_written(url: str, reason: str) -> None:
    with pytest.raises(Refusal) as refused:
        outside.read(url)
    assert refused.value.facts == {"reason": reason}


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9000/",
        "http://[::1]:9000/",
        "http://localhost/",
        "http://app:8000/in",
        "http://192.168.1.5/",
        "https://10.0.0.1/",
        "http://books.example.com/",  # a name of one's own network, which is seen when it is called
        "https://books.example.com/",
    ],
)
def test_i10_who_has_allowed_their_own_network_may_name_it(url: str) -> None:
    assert outside.read(url, private=True).url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/",
        "http://169.254.169.254/",
        "https://[fe80::1]/",
        "https://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_i10_even_then_nothing_leaves_it_without_https_and_nowhere_stays_nowhere(url: str) -> None:
    with pytest.raises(Refusal, match="address_forbidden"):
        outside.read(url, private=True)


def test_i10_an_address_is_not_repeated_by_what_is_made_of_it() -> None:
    assert SECRET not in repr(outside.read(f"https://example.com/{SECRET}"))
    with pytest.raises(Refusal) as refused:
        outside.read(f"https://{SECRET}@example.com/")
    assert SECRET not in str(refused.value)
