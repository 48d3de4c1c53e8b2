"""Fingerprint keys: derived from keys in KMS, with one call for each key and process."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from handlers.aws.clients import client
from handlers.aws.failures import AWS_ERRORS, FingerprintKeyUnavailable
from handlers.aws.single_flight import SingleFlight
from handlers.logs.fingerprint import FingerprintKey

# Every environment asks KMS to sign this, and makes fingerprints with the answer. So it must never change: with
# another label, every repeated log would be a conflict.
LABEL = b"robust-data-processor/fingerprint/1"


class KmsFingerprintKeys:
    """Derives a secret from each HMAC key in KMS; the keys themselves never leave it.

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
            FingerprintKeyUnavailable: KMS did not answer, or this stack has no such key. While a stack is updated, an
                environment of the previous version may find fingerprints of a key that it does not know yet.
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
