"""Fingerprints: nobody without the key learns anything from one, and no two contents share one."""

import hashlib
import itertools

from handlers.logs.envelope import Severity, fingerprint
from handlers.logs.fingerprint import FingerprintKey, StoredFingerprint, claim_content_of, content_of
from tests.support.aws_fixtures import detailed_envelope_of, envelope_of
from tests.support.stored_logs import FakeKeys, part_of

KEY, OTHER_KEY = FingerprintKey("k1", b"one"), FingerprintKey("k2", b"two")


def test_a_fingerprint_names_its_key() -> None:
    assert KEY.fingerprint_of(content_of(envelope_of("x"))).startswith("k1:")


def test_no_digest_of_the_text_is_in_a_fingerprint() -> None:
    """With a plain digest, a program that tries every phone number finds the one that was stored."""
    made = KEY.fingerprint_of(content_of(envelope_of("555-0199")))

    plain = {hashlib.new(name, b"555-0199").hexdigest() for name in ("md5", "sha1", "sha256")}
    assert not any(digest in made for digest in plain)
    assert made.partition(":")[2] != OTHER_KEY.fingerprint_of(content_of(envelope_of("555-0199"))).partition(":")[2]


def test_two_contents_never_share_a_fingerprint() -> None:
    part = part_of("x", 1, 2)
    contents = [
        content_of(envelope_of("x")),
        content_of(envelope_of("y")),
        content_of(envelope_of("x", tenant_id="beta")),
        content_of(envelope_of("x", log_id="124")),
        content_of(part),
        content_of(part.model_copy(update={"part": 2})),
        content_of(part.model_copy(update={"whole_sha256": "2" * 64})),
        content_of(detailed_envelope_of("x")),
        content_of(detailed_envelope_of("x", timestamp=None)),
        content_of(detailed_envelope_of("x", severity=None)),
        content_of(detailed_envelope_of("x", severity=Severity(number=9))),
        content_of(detailed_envelope_of("x", attributes={})),
        content_of(detailed_envelope_of("x", attributes={"a": 1})),
        content_of(detailed_envelope_of("x", attributes={"a": "1"})),
        claim_content_of(part),
        claim_content_of(part.model_copy(update={"parts": 3})),
        claim_content_of(part.model_copy(update={"whole_sha256": "2" * 64})),
    ]

    made = [KEY.fingerprint_of(content) for content in contents]

    assert all(one != other for one, other in itertools.combinations(made, 2))


def test_the_fingerprint_of_a_log_without_details_never_changes() -> None:
    made = KEY.fingerprint_of(content_of(envelope_of("x")))

    assert made == "k1:66b125ffb88beaeb6e450319b3d5a62ec16083f318b4942d46454a79a65dc9b8"


def test_the_order_of_attributes_does_not_matter() -> None:
    one, other = ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1})

    assert content_of(detailed_envelope_of("x", attributes=one)) == content_of(
        detailed_envelope_of("x", attributes=other)
    )


def test_a_log_with_details_is_not_a_duplicate_of_a_text_from_an_earlier_version() -> None:
    stored = StoredFingerprint(None, content_sha256=fingerprint("x"))

    assert stored.is_of(content_of(envelope_of("x")), FakeKeys())
    assert not stored.is_of(content_of(detailed_envelope_of("x")), FakeKeys())


def test_a_key_never_shows_its_secret() -> None:
    assert "one" not in repr(KEY)
    assert "secret" not in repr(FakeKeys().current())
