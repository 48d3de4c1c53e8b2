"""Fingerprint keys: derived from keys in KMS, each with one call in the life of a process."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from handlers.aws.clients import client
from handlers.aws.failures import AWS_ERRORS, FingerprintKeyUnavailable
from handlers.aws.single_flight import SingleFlight
from handlers.logs.fingerprint import FingerprintKey

# What every environment asks KMS to sign. The answer is the secret that it makes fingerprints with, so this must
# never change: with another label, every log that comes again would be a conflict.
LABEL = b"robust-data-processor/fingerprint/1"


class KmsFingerprintKeys:
    """Derives a secret from each HMAC key that KMS holds and never hands out.

    Args:
        kms: a boto3 KMS client.
        key_arns: the ARNs of the keys; the first is for new fingerprints, the others for those made before.
    """

    def __init__(self, kms: Any, key_arns: Sequence[str]) -> None:
        self._kms = kms
        self._arns = {arn.rpartition("/")[2]: arn for arn in key_arns}
        self._derived: dict[str, FingerprintKey] = {}
        self._flight: SingleFlight[str, FingerprintKey] = SingleFlight()

    def current(self) -> FingerprintKey:
        """Return the key for new fingerprints.

        Raises:
            FingerprintKeyUnavailable: KMS did not answer.
        """
        return self.named(next(iter(self._arns)))

    def named(self, key_id: str) -> FingerprintKey:
        """Return the key of that id.

        Raises:
            FingerprintKeyUnavailable: KMS did not answer, or this stack has no such key; while a stack is updated, an
                environment of the version before may meet fingerprints of a key that is newer than itself.
        """
        return self._derived.get(key_id) or self._flight.call(key_id, lambda: self._derive(key_id))

    def _derive(self, key_id: str) -> FingerprintKey:
        if key_id not in self._arns:
            raise FingerprintKeyUnavailable("UnknownKey")
        if key_id not in self._derived:
            try:
                answer = self._kms.generate_mac(KeyId=self._arns[key_id], Message=LABEL, MacAlgorithm="HMAC_SHA_256")
            except AWS_ERRORS as error:
                raise FingerprintKeyUnavailable.of(error) from error
            self._derived[key_id] = FingerprintKey(key_id, answer["Mac"])
        return self._derived[key_id]


@lru_cache
def fingerprint_keys(key_arns: str) -> KmsFingerprintKeys:
    """Return this process's fingerprint keys.

    Args:
        key_arns: a JSON array of ARNs, the newest key first.
    """
    return KmsFingerprintKeys(client("kms"), json.loads(key_arns))
