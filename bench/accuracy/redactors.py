"""The redactions to compare, behind one face: a text in, the places that would go out."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

Spans = list[tuple[str, int, int]]
# As a careful author writes them: bounded, anchored, no nested repetition.
CAREFUL_EMAIL = (
    r"(?<![\w.+-])[A-Za-z0-9_](?:[A-Za-z0-9_.+'-]{0,62}[A-Za-z0-9_+-])?"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,8}[A-Za-z]{2,24}(?![\w-])"
)
CAREFUL_PHONE = (
    r"(?<![\w.+-])(?:\+[1-9]\d{0,2}(?:[ .-]?\(?\d{1,4}\)?){2,5}|(?:1[ .-])?(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}"
    r"|[2-9]\d{2}-\d{4})(?:(?: ?x| ext\.? )\d{1,5})?(?![\w-]|\.\d)"
)
# As they are found in most code and answers.
USUAL_EMAIL = r"[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+"
USUAL_PHONE = r"(\+\d{1,2}\s?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}"


def ours() -> Any:
    """Return this project's redaction."""
    from handlers.redaction import spans

    return lambda text: [(span.kind, span.start, span.end) for span in spans(text)]


def careful_re() -> Any:
    """Return two careful patterns for the standard library's `re`."""
    return _by_patterns(re.compile(CAREFUL_EMAIL), re.compile(CAREFUL_PHONE))


def usual_re() -> Any:
    """Return the two patterns that everybody copies."""
    return _by_patterns(re.compile(USUAL_EMAIL), re.compile(USUAL_PHONE))


def commonregex() -> Any:
    """Return the patterns of the package commonregex."""
    import commonregex as package

    return _by_patterns(package.email, package.phone)


def phonenumbers() -> Any:
    """Return phonenumbers' matcher with the default region US; it knows no e-mail addresses."""
    from phonenumbers import PhoneNumberMatcher

    return lambda text: [("phone", match.start, match.end) for match in PhoneNumberMatcher(text, "US")]


def scrubadub() -> Any:
    """Return scrubadub with its detectors of e-mail addresses and phone numbers."""
    import scrubadub as package

    scrubber = package.Scrubber(detector_list=[package.detectors.EmailDetector, package.detectors.PhoneDetector])

    def find(text: str) -> Spans:
        found = list(scrubber.iter_filth(text))
        # Places that overlap come as one, which holds them.
        single = [part for filth in found for part in getattr(filth, "filths", [filth])]
        return [(filth.detector_name, filth.beg, filth.end) for filth in single]

    return find


def presidio() -> Any:
    """Return presidio's two recognisers, called directly: without language model, context words and their scores."""
    import tldextract
    from presidio_analyzer.predefined_recognizers import (
        EmailRecognizer,
        PhoneRecognizer,
    )

    # By default it fetches the list of public suffixes; the copy in the package is the same list.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    email, phone = EmailRecognizer(), PhoneRecognizer()

    def find(text: str) -> Spans:
        emails = email.analyze(text, ["EMAIL_ADDRESS"], None) or []
        phones = phone.analyze(text, ["PHONE_NUMBER"], None) or []
        return [("email", f.start, f.end) for f in emails] + [("phone", f.start, f.end) for f in phones]

    return find


def floor() -> Any:
    """Return the least that looking at every byte can cost; it finds nothing."""

    def find(text: str) -> Spans:
        text.encode().count(b"@")
        return []

    return find


REDACTORS = {
    "ours": ours,
    "re, careful": careful_re,
    "re, the usual": usual_re,
    "commonregex": commonregex,
    "phonenumbers": phonenumbers,
    "scrubadub": scrubadub,
    "presidio": presidio,
}
FLOOR = "bytes.count, the floor"


def _by_patterns(email: re.Pattern[str], phone: re.Pattern[str]) -> Any:
    def find(text: str) -> Spans:
        emails = [("email", *found.span()) for found in email.finditer(text)]
        return emails + [("phone", *found.span()) for found in phone.finditer(text)]

    return find


def finder(*, name: str) -> Any:
    """Return what answers an order to find the places in some texts."""
    find = REDACTORS[name]()
    return lambda *, texts: [find(text) for text in texts]


def finder_timer(*, name: str) -> Any:
    """Return what answers an order with seconds of CPU: a log text, cut into logs, or an adversarial one."""
    from bench.accuracy.adversarial_texts import ADVERSARIAL
    from bench.accuracy.log_lines import log_text

    find = floor() if name == FLOOR else REDACTORS[name]()
    find("bob@example.com 415-555-2671")

    def time_text(
        *,
        size: int,
        adversary: str | None = None,
        log_chars: int | None = None,
        personal_share: float = 0.05,
        calls: int = 1,
    ) -> float:
        text = ADVERSARIAL[adversary](size) if adversary else log_text(size=size, personal_share=personal_share)
        texts = [text[at : at + log_chars] for at in range(0, size, log_chars)] if log_chars else [text]
        start = time.process_time()
        for _ in range(calls):
            for piece in texts:
                find(piece)
        return (time.process_time() - start) / calls

    return time_text


if __name__ == "__main__":
    print(finder(name=sys.argv[1])(texts=[sys.stdin.read()]))
